"""What the demo square says: posts with their answers, in the order of the days before it opens."""

# ruff: noqa: E501 - what people say is read more easily in one line

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Said:
    """A post. hours: how long before the opening; of an answer: how long after what it answers.

    pictures: (scene, alt text). poll: options with votes. quotes: the key of a post said before.
    """

    by: str
    text: str
    hours: float = 1.0
    language: str = "fr"
    visibility: str = "public"
    warning: str = ""
    pictures: tuple[tuple[str, str], ...] = ()
    poll: tuple[tuple[str, int], ...] = ()
    key: str = ""
    quotes: str = ""
    liked_by: tuple[str, ...] = ()
    boosted_by: tuple[str, ...] = ()
    answers: tuple[Said, ...] = field(default=())


def fr(by: str, text: str, hours: float = 0.4, **more: object) -> Said:
    return Said(by, text, hours, "fr", **more)  # type: ignore[arg-type]


def en(by: str, text: str, hours: float = 0.4, **more: object) -> Said:
    return Said(by, text, hours, "en", **more)  # type: ignore[arg-type]


SAID = (
    fr("camille", "Bienvenue sur le parvis de Saint-Aubin. Ici, on sait qui parle, ce qui a changé, et pourquoi un message est sous nos yeux.\n\n"
       "Le fil s'arrête après quinze publications : ensuite, la vraie vie. #Bienvenue", 240, key="welcome",
       pictures=(("arches", "Les arcades de pierre claire de la place, vides, au matin."),),
       liked_by=("lea", "gazette", "theo", "mei", "hana", "yanis"), boosted_by=("gazette", "bibliotheque"),
       answers=(
           fr("marguerite", "Enfin un endroit où je peux lire le journal et les voisins sans qu'on me vende des chaussures. (Pardon @maison_alder.)", 0.7,
              liked_by=("maison_alder", "lea", "owen"),
              answers=(en("maison_alder", "No offence taken, Marguerite. We would rather mend yours anyway.", 0.3, liked_by=("marguerite", "sam", "lea")),)),
           en("hana", "Moved in last night. It took ten minutes and my old app works. What is the custom here, do we say good morning?", 1.2,
              answers=(fr("camille", "On dit bonjour, oui. Et bonne nuit à @ines, qui part travailler.", 0.2, liked_by=("ines", "hana")),)),
       )),
    fr("gazette", "Le conseil municipal a voté hier soir : la rue des Arcades sera fermée aux voitures le samedi, d'avril à octobre. "
       "Le compte rendu complet et les votes de chacun : https://gazette.example/arcades-samedi #SaintAubin #Mobilités", 150, key="arcades",
       liked_by=("asso_velo", "lea", "theo", "yanis"), boosted_by=("asso_velo", "lea"),
       answers=(
           fr("theo", "Et les livraisons du marché ? On décharge à six heures, je n'ai rien vu là-dessus.", 0.5, liked_by=("jules", "marguerite"),
              answers=(fr("gazette", "Bonne question. Le texte prévoit un accès jusqu'à 9 h 30 pour les commerçants (article 4). Nous l'ajoutons à l'article.", 0.9,
                          liked_by=("theo", "jules", "camille")),)),
           fr("asso_velo", "Une belle étape. L'atelier du samedi déménagera sous les arcades dès avril.", 1.4, liked_by=("lea", "paulo")),
           fr("marguerite", "Je n'étais pas pour, mais si les bancs reviennent, je changerai d'avis.", 3, liked_by=("camille", "lea", "mei")),
       )),
    fr("lea", "Premier pain au levain réussi après trois dimanches de galets. Croûte qui chante, mie qui tient.", 122, key="pain",
       pictures=(("loaf", "Un pain rond et doré, entaillé de quatre grignes, posé sur une planche de bois."),),
       liked_by=("jules", "theo", "hana", "owen", "ines"), boosted_by=("jules",),
       answers=(
           fr("jules", "Les grignes sont belles. Un peu plus de vapeur au début et elle chantera plus fort.", 0.5, liked_by=("lea",),
              answers=(fr("lea", "Un bol d'eau bouillante dans le four, c'est bien ça ?", 0.1,
                          answers=(fr("jules", "Oui, et une vraie plaque chaude. Passe au fournil samedi, je te montre.", 0.2, liked_by=("lea", "theo")),)),)),
           en("owen", "I can smell it from the boat.", 2, liked_by=("lea", "hana")),
       )),
    fr("noor", "Six heures, le canal avant les voitures. Aquarelle terminée au retour.", 98, key="canal",
       pictures=(("canal", "Des maisons étroites et colorées au bord d'un canal calme, qui les reflète."),
                 ("chart", "Une carte ancienne : côte, courbes de niveau et rose des vents."),),
       liked_by=("mei", "owen", "lea", "gazette", "hana", "marguerite"), boosted_by=("mei", "owen", "bibliotheque"),
       answers=(
           en("mei", "The third house from the left leans exactly like mine. Would you sell a print?", 1,
              answers=(en("noor", "Yes, and I would bind them with you if you like. Come by the studio.", 0.5, liked_by=("mei",)),)),
           fr("marguerite", "La carte, c'est bien celle de 1768 ? Le pont y est déjà ?", 2,
              answers=(fr("noor", "1768, oui, et le pont y figure avec une arche de trop. Le cartographe a dû compter le reflet.", 0.4,
                          liked_by=("marguerite", "gazette", "hana")),)),
       )),
    en("hana", "Long thread ahead about why old maps are wrong in such interesting ways. Bear with me.", 80, key="maps",
       liked_by=("mei", "noor", "marguerite"), boosted_by=("noor",),
       answers=(
           en("hana", "1. A coast has no length. Measure it with a shorter stick and it grows. Every mapmaker chose a stick, and never said which.", 0.1,
              answers=(en("hana", "2. Hills were drawn from the side because people climbed them from the side. Contour lines only make sense once you can imagine flying.", 0.1,
                          pictures=(("hills", "Hills behind hills under a low sun, paler with distance."),), liked_by=("noor", "owen", "mei"),
                          answers=(en("hana", "3. And sometimes a whole village is invented, to catch whoever copies the map. Trust has always needed a trick.", 0.1,
                                      liked_by=("gazette", "sam", "yanis", "mei")),)),)),
           fr("marguerite", "Point 3 : il y en a un près d'ici, sur la carte de 1893. On l'a cherché tout un été.", 3, liked_by=("hana", "noor")),
       )),
    fr("asso_velo", "Pour l'atelier de printemps, que préférez-vous apprendre ?", 70, key="sondage",
       poll=(("Changer une chambre à air", 4), ("Régler ses freins", 6), ("Entretenir la chaîne", 3), ("Remonter une roue", 2)),
       liked_by=("paulo", "lea"),
       answers=(fr("paulo", "Les freins. Toujours les freins. J'ai vu des choses.", 0.6, liked_by=("asso_velo", "lea", "yanis")),)),
    en("repair_cafe", "Last Saturday: 31 objects in, 24 out working, 5 waiting for a part, 2 honestly dead. "
       "A toaster from 1962 is toasting again. Next one is this Saturday at 2 pm, bring lamps, toasters and trousers. #repair", 60, key="repair",
       pictures=(("market", "Market stalls with striped awnings over crates of fruit."),),
       liked_by=("paulo", "owen", "mei", "lea"), boosted_by=("paulo", "camille"),
       answers=(en("owen", "The radio still plays only one station, but it is the right one.", 2, liked_by=("paulo",)),)),
    fr("bibliotheque", "La grainothèque est pleine : tomates anciennes, haricots, bleuets. On emprunte au printemps, on rend des graines à l'automne. #jardin #SaintAubin", 52,
       pictures=(("garden", "Des rangs de légumes verts sous un grand ciel clair."),),
       liked_by=("theo", "lea", "hana"), boosted_by=("theo", "lea")),
    fr("ines", "Fin de garde. Quarante minutes de silence dans le parc avant que la ville se lève : le meilleur moment de ma semaine.", 44,
       visibility="unlisted", pictures=(("night", "La nuit sur les toits, un croissant de lune et quelques fenêtres allumées."),),
       liked_by=("lea", "owen", "camille", "mei", "theo"),
       answers=(fr("lea", "Dors bien. Il y a du pain sur ta porte.", 0.5, liked_by=("ines", "jules")),)),
    fr("gazette", "Une image circule d'un « canal asséché » : elle a été prise en 2011, pendant des travaux, et à quarante kilomètres d'ici. "
       "Ce matin, le niveau est normal. Nos sources sont dans l'article : https://gazette.example/canal-verification", 36, key="verif",
       liked_by=("owen", "noor", "sam", "camille", "marguerite"), boosted_by=("camille", "owen", "noor"),
       answers=(
           en("owen", "Confirming from the water: the boat floats, the dog is wet.", 0.4, liked_by=("gazette", "hana", "noor")),
           fr("yanis", "Merci. Je l'avais partagée hier ailleurs, je viens de corriger.", 1, liked_by=("gazette", "sam", "lea")),
       )),
    fr("meteo_canal", "Canal : 1,82 m, stable. Matin clair, vent faible, 11 °C à midi.", 31),
    fr("theo", "Les premières asperges jeudi, et les dernières courges. Si quelqu'un sait quoi faire d'un potimarron de neuf kilos, je prends.", 28,
       liked_by=("lea", "jules"), answers=(
           fr("jules", "Un pain au potimarron. Apporte, je le mets en fournée samedi.", 0.5, liked_by=("theo", "lea")),
           en("mei", "Soup for the whole arcade.", 1.5, liked_by=("theo", "hana")),
       )),
    fr("yanis", "J'ai réécrit mon script de sauvegarde : quarante lignes de moins, et beaucoup moins malin. C'est un progrès. #LogicielLibre", 25,
       liked_by=("hana", "camille", "paulo"), answers=(
           en("hana", "The best code I ever wrote was the code I deleted on a Friday.", 0.7, liked_by=("yanis",)),
       )),
    en("sam", "What moderators did this month, in plain numbers: 7 reports, 3 warnings, 1 account limited, 0 suspended. "
       "Median answer: four hours. Each decision came with its reasons, and nobody had to guess.", 22, key="moderation",
       liked_by=("camille", "gazette", "marguerite", "mei"), boosted_by=("camille",)),
    fr("paulo", "Fin du film d'hier soir au ciné-club, et un avis tranché.", 19, warning="Je raconte la fin",
       liked_by=("yanis",), answers=(fr("yanis", "Tu aurais pu attendre dimanche.", 0.8, warning="Je raconte la fin"),)),
    en("mei", "Quoting Noor because the reflection story made my morning. Trust the water, not the bridge.", 14, quotes="canal",
       liked_by=("noor", "hana", "owen")),
    en("maison_alder", "A resoling takes four days, not three weeks, and we will tell you honestly when it is not worth it. Come and ask. Tuesday to Saturday.", 11,
       liked_by=("marguerite", "owen")),
    fr("lea", "Concert gratuit au parc dimanche : fanfare puis bal folk. Apportez vos gobelets, je m'occupe du pain. #SaintAubin", 8, key="concert",
       liked_by=("yanis", "jules", "theo", "camille", "hana"), boosted_by=("yanis", "bibliotheque"),
       answers=(
           fr("yanis", "La clarinette sera là, accordée ou presque.", 0.4, liked_by=("lea", "paulo")),
           en("hana", "Do folk dances here require coordination? Asking for a physicist.", 0.9,
              answers=(fr("lea", "Aucune. On tourne, on se trompe, on recommence.", 0.2, liked_by=("hana", "yanis", "mei")),)),
       )),
    fr("gazette", "Ce que l'on a aimé lire sur le parvis cette semaine : le fil de @hana sur les cartes, et la réponse de @theo au conseil municipal.", 6, quotes="maps",
       liked_by=("hana", "theo", "mei")),
    fr("noor", "Nouvelle série en cours : les ponts de la ville, un par matin. Le premier est presque sec.", 4,
       pictures=(("hills", "Étude de collines au lavis, très claire."),), liked_by=("mei", "lea", "marguerite")),
    en("owen", "Saw the kingfisher again, the bluest thing in the whole grey town.", 2.5, liked_by=("noor", "hana", "mei")),
    fr("meteo_canal", "Canal : 1,84 m, stable. Brume avant neuf heures, puis grand soleil. 14 °C à midi.", 1.5, liked_by=("owen",)),
    fr("theo", "Paniers prêts. Il en reste trois pour qui passe avant midi.", 0.6, liked_by=("lea",)),
)  # fmt: skip

DIRECT = (
    fr("ines", "@lea Merci pour le pain. Tu me donnes ton levain quand tu veux, je promets de ne pas le tuer.", 5, visibility="direct",
       answers=(fr("lea", "@ines Dimanche, avec le mode d'emploi de Jules et un prénom à lui trouver.", 0.5, visibility="direct"),)),
)  # fmt: skip
