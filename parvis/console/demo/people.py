"""Who lives in the demo square: six roles that one click logs in as, and their neighbours."""

# ruff: noqa: E501 - what people say is read more easily in one line

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A demo account. role: "" for neighbours nobody logs in as. kind: person, organization or bot."""

    name: str
    shown: str
    note: str
    language: str = "fr"
    role: str = ""
    kind: str = "person"
    locked: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    header: str = ""
    colour: tuple[int, int, int] = (38, 70, 120)


PEOPLE = (
    Person(
        "lea", "Léa Morvan", "Institutrice, vélo par tous les temps, pain au levain quand le four veut bien.\nJ'écris ici ce que je dirais au marché.",
        role="member", fields=(("Quartier", "Les Arcades"), ("Au four", "le dimanche")), header="loaf",
    ),
    Person(
        "gazette", "La Gazette de Saint-Aubin", "Le journal de la ville depuis 1911. Nous vérifions avant de publier, et nous corrigeons en vue de tous.",
        role="member", kind="organization", fields=(("Rédaction", "12 rue des Arcades"), ("Corrections", "corrections@gazette.example")),
        header="arches", colour=(58, 54, 50),
    ),
    Person(
        "noor", "Noor Belkacem", "Illustratrice et vidéaste. Cartes anciennes, oiseaux, villes au petit matin.\nCollaborations toujours signalées.",
        role="member", fields=(("Atelier", "Canal Saint-Aubin"),), header="canal",
    ),
    Person(
        "maison_alder", "Maison Alder", "We mend, resole and sell shoes on the arcades since 1974. Opening hours below, questions welcome.",
        language="en", role="member", kind="organization", fields=(("Open", "Tue-Sat, 9.30-18.30"), ("Shop", "4 rue des Arcades")),
        header="market", colour=(120, 74, 46),
    ),
    Person("sam", "Sam Okafor", "I keep the square liveable. If something here hurts you, report it: a person reads every report.", language="en", role="moderator"),
    Person("camille", "Camille Roux", "J'ai ouvert ce parvis pour la ville. Règles, sauvegardes, café.", role="owner", fields=(("Ouvert", "depuis le printemps"),), header="arches"),
    Person("theo", "Théo Lambert", "Maraîcher à deux rues du centre. Paniers le jeudi.", header="garden"),
    Person("ines", "Inès da Costa", "Infirmière de nuit. Je lis beaucoup, je dors quand je peux.", locked=True, header="night"),
    Person("marguerite", "Marguerite Aubry", "Retraitée des chemins de fer. Généalogie, cartes, et quelques colères utiles."),
    Person("yanis", "Yanis K.", "Développeur, clarinettiste du mercredi. Logiciels libres de préférence."),
    Person("paulo", "Paulo Ferreira", "Réparateur bénévole au café associatif. Si ça a des vis, je le démonte."),
    Person("hana", "Hana Lindqvist", "Glaciers, long walks, bad puns. Teaching physics in a town with too few hills.", language="en", header="hills"),
    Person("owen", "Owen Price", "Canal boat, two kingfishers, one very patient dog.", language="en"),
    Person("mei", "Mei Tanaka", "Bookbinder. I answer slowly and on purpose.", language="en"),
    Person("jules", "Jules et le levain", "Boulanger. Four à bois, farines d'ici, fournées à 7 h et 16 h.", header="loaf"),
    Person("asso_velo", "À vélo, Saint-Aubin", "Association des cyclistes de la ville. Atelier ouvert le samedi.", kind="organization", colour=(52, 104, 82)),
    Person("bibliotheque", "Bibliothèque municipale", "Livres, jeux, graines et outils. Entrée libre, prêt gratuit.", kind="organization", colour=(92, 74, 118)),
    Person("repair_cafe", "Repair Café", "Bring what is broken, leave with what works. Every Saturday, 2 pm.", language="en", kind="organization", colour=(140, 92, 46)),
    Person("meteo_canal", "Le canal, chaque matin", "Robot : niveau du canal et météo, tous les matins à sept heures.", kind="bot", colour=(70, 104, 130)),
)  # fmt: skip

# Who follows whom beyond the neighbours that everyone follows.
EVERYONE_FOLLOWS = ("gazette", "camille", "bibliotheque")
