"""Somebody joins: by the web's form and by an app, under each of the owner's rules."""

from __future__ import annotations

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.test import Client

from parvis.flows import register
from parvis.identity import actions, queries
from parvis.identity.models import Invitation, OneTimeLink, Role, SquareSettings, User
from parvis.identity.tests.people import PASSWORD, api, browser, code_of, exchange, let_in, link_in_mail, new_app, person
from parvis.kernel import outbox
from parvis.kernel.clock import now
from parvis.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from parvis.kernel.models import OutboxEvent
from parvis.moderation.models import EmailDomainBlock, IpBlock
from parvis.network.models import Account, Follow

pytestmark = pytest.mark.django_db
FORM = {"username": "Zoe_1", "email": "zoe@example.org", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def _letters(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []


def rule(registration: str, **more: Any) -> None:
    """The owner sets how people join."""
    actions.change_square(by="owner", registration=registration, **more)


def signs_up(client: Client | None = None, **more: str) -> Any:
    """Send the web's form."""
    return (client or browser()).post("/auth/signup/", {**FORM, **more})


def without_csrf(answer: Any) -> str:
    """Return a page's text without its random parts."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", answer.content.decode())


def app_token(**more: Any) -> str:
    """Return the token that an app has for itself."""
    app = new_app(**more)
    given = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    status, found = api("POST", "/oauth/token", body={**given, "scope": more.get("scopes", "read write follow push")})
    assert status == 200
    return str(found["access_token"])


ASKED = {"username": "zoe", "email": "zoe@example.org", "password": PASSWORD, "agreement": True, "locale": "fr"}


def test_from_the_form_to_a_post_in_an_app() -> None:
    client = browser()
    answer = signs_up(client)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert answer["Location"] == "/auth/confirm-email/"
    assert OutboxEvent.objects.filter(kind="AccountRegistered").count() == 1
    user = User.objects.get(username="Zoe_1")
    assert user.account.username == "Zoe_1"
    assert user.confirmed_at is None
    refused = client.post("/auth/login/", {"login": "zoe_1", "password": PASSWORD})
    assert "_auth_user_id" not in client.session, refused
    path = link_in_mail("/auth/confirm-email/")
    assert client.get(path).status_code == 200
    assert User.objects.get().confirmed_at is None, "looking at the link, as mail scanners do, confirms nothing"
    assert client.post(path).status_code == 302
    assert User.objects.get().confirmed_at is not None
    client = browser(User.objects.get())
    app = new_app()
    status, found = exchange(app, code_of(let_in(client, app, scope="read write")))
    assert status == 200
    status, post = api("POST", "/api/v1/statuses", token=found["access_token"], body={"status": "Bonjour"})
    assert (status, post["account"]["username"]) == (200, "Zoe_1")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"username": "zoé"}, "username"), ({"username": "a.b"}, "username"), ({"username": "x" * 31}, "username"),
        ({"username": "Admin"}, "username"), ({"username": "ana"}, "username"), ({"username": "ANA"}, "username"),
        ({"username": ""}, "username"), ({"email": "nowhere"}, "email"), ({"email": ""}, "email"),
        ({"email": "x@spam.example"}, "email"), ({"password1": "short"}, "password1"), ({"password1": "password123"}, "password1"),
        ({"password1": "x" * 300}, "password1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(more: dict[str, str], field: str) -> None:
    person("ana")
    EmailDomainBlock.objects.create(domain="spam.example")
    answer = signs_up(**more)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field], answer.context["form"].errors
    assert User.objects.count() == 1
    assert Account.objects.count() == 1


def test_the_form_does_not_tell_who_has_an_account() -> None:
    person("ana")
    client, other = browser(), browser()
    known = signs_up(client, email="ANA@example.org")
    letter = mail.outbox[-1]
    unknown = signs_up(other)
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    pages = [without_csrf(visitor.get(known["Location"])).lower() for visitor in (client, other)]
    assert pages[0].replace("ana@example.org", "zoe@example.org") == pages[1]
    assert User.objects.filter(username="Zoe_1").count() == 1
    assert "an account" in letter.subject
    for path, key in (("/auth/password/reset/", "email"), ("/auth/login/", "login")):
        pages = []
        for address in ("ana@example.org", "nobody@example.org"):
            answer = browser().post(path, {key: address, "password": "wrong password"})
            pages.append((answer.status_code, answer.headers.get("Location"), without_csrf(answer).replace(address, "")))
        assert pages[0] == pages[1]


def test_an_unknown_name_takes_as_long_as_a_wrong_password(settings: Any) -> None:
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    person("ana")

    def seconds(name: str) -> float:
        start = time.process_time()
        browser().post("/auth/login/", {"login": name, "password": "wrong password"})
        return time.process_time() - start

    seconds("ana")
    known = statistics.median(seconds("ana") for _ in range(5))
    unknown = statistics.median(seconds("nobody") for _ in range(5))
    assert 0.6 < known / unknown < 1.6, (known, unknown)


def test_letters_are_written_in_the_language_of_the_page() -> None:
    signs_up(Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="fr"))
    assert User.objects.get().language == "fr"
    assert mail.outbox[-1].subject.startswith("Confirmez votre adresse")
    signs_up(username="bob", email="bob@example.org")
    assert User.objects.get(username="bob").language == "en"
    assert mail.outbox[-1].subject.startswith("Confirm your address")


def test_closed_registration_takes_nobody_and_invitation_only_the_invited() -> None:
    host = person("host", role=Role.MODERATOR)
    rule(SquareSettings.Registration.CLOSED)
    assert "account/signup_closed.html" in [t.name for t in browser().get("/auth/signup/").templates]
    signs_up()
    token = app_token()
    assert api("POST", "/api/v1/accounts", token=token, body=ASKED)[0] == 403
    assert User.objects.count() == 1
    rule(SquareSettings.Registration.INVITATION)
    signs_up()
    assert api("POST", "/api/v1/accounts", token=token, body=ASKED)[0] == 403
    assert User.objects.count() == 1
    link = actions.create_invitation(host.id, max_uses=1, autofollow=True)
    client = browser()
    assert client.get(link.path)["Location"] == "/auth/signup/"
    assert signs_up(client).status_code == 302
    joined = User.objects.get(username="Zoe_1")
    assert joined.invited_by_id == host.id
    assert Follow.objects.filter(follower_id=joined.account_id, followee_id=host.account_id).exists()
    assert browser().get(link.path).status_code == 404
    second = actions.create_invitation(host.id)
    invited = {**ASKED, "username": "yan", "email": "y@x.org", "invite_code": second.code}
    assert api("POST", "/api/v1/accounts", token=token, body=invited)[0] == 200
    assert queries.invitations(host.id)[0].uses == 1


def test_approval_asks_for_a_reason_and_opens_after_a_moderator_said_yes() -> None:
    rule(SquareSettings.Registration.APPROVAL)
    answer = signs_up()
    assert list(answer.context["form"].errors) == ["reason"]
    client = browser()
    assert signs_up(client, reason="I draw birds.").status_code == 302
    client.post(link_in_mail("/auth/confirm-email/"))
    user = User.objects.get()
    assert (user.reason, user.approved_at) == ("I draw birds.", None)
    assert queries.waiting_users() == [user]
    answer = client.post("/auth/login/", {"login": "Zoe_1", "password": PASSWORD})
    assert answer["Location"] == "/auth/waiting/"
    assert client.get("/auth/waiting/").status_code == 200
    assert "_auth_user_id" not in client.session
    token = actions.create_token(user, scopes="read write")
    assert api("POST", "/api/v1/statuses", token=token, body={"status": "x"})[0] == 403
    register.approve(user.account_id, by="account:1")
    outbox.drain()
    assert api("POST", "/api/v1/statuses", token=token, body={"status": "x"})[0] == 200
    browser(user)


def test_who_is_approved_hears_of_it_and_who_is_rejected_is_forgotten() -> None:
    from parvis.config import wiring

    wiring.connect()
    rule(SquareSettings.Registration.APPROVAL)
    signs_up(reason="x")
    user = User.objects.get()
    register.reject(user.account_id, by="account:1")
    assert not User.objects.exists()
    assert not Account.objects.exists()
    signs_up(reason="again")
    mail.outbox.clear()
    register.approve(User.objects.get().account_id, by="account:1")
    outbox.drain()
    assert [letter.to for letter in mail.outbox] == [["zoe@example.org"]]
    with pytest.raises(Conflict):
        register.reject(User.objects.get().account_id, by="account:1")


def test_moderators_hear_of_who_joined() -> None:
    from parvis.config import wiring
    from parvis.network.models import Notification

    wiring.connect()
    moderator = person("mo", role=Role.MODERATOR)
    person("bo")
    outbox.drain()
    found = Notification.objects.filter(account_id=moderator.account_id, kind="admin.sign_up")
    assert [n.from_account.username for n in found] == ["bo"]
    assert not Notification.objects.exclude(account_id=moderator.account_id).exists()


def test_blocked_networks_and_providers_do_not_join() -> None:
    IpBlock.objects.create(ip="127.0.0.0/8", severity=IpBlock.Severity.SIGN_UP_BLOCK)
    token = app_token()
    assert api("POST", "/api/v1/accounts", token=token, body=ASKED)[0] == 403
    signs_up()
    assert not User.objects.exists()


def test_the_owners_link_makes_one_owner_confirmed_at_once() -> None:
    link = actions.owner_invitation()
    assert link is not None
    rule(SquareSettings.Registration.CLOSED)
    client = browser()
    assert client.get(f"/welcome/{link.code}").status_code == 302
    assert actions.owner_invitation() == link, "looking does not use it up"
    assert signs_up(client)["Location"] == "/home"
    owner = User.objects.get()
    assert (owner.role, client.session["_auth_user_id"]) == (Role.OWNER, str(owner.pk))
    assert owner.confirmed_at is not None
    assert mail.outbox == []
    late = browser()
    assert late.get(f"/welcome/{link.code}").status_code == 404
    assert actions.owner_invitation() is None
    with pytest.raises(Forbidden):
        register.register(
            register.SignUp(username="x", email="x@x.org", password=PASSWORD, agreement=True, invite_code=link.code), app=None
        )


@pytest.mark.django_db(transaction=True)
def test_the_owners_link_makes_one_owner_even_for_two_people_at_the_same_time() -> None:
    link = actions.owner_invitation()
    assert link is not None

    def joins(number: int) -> bool:
        name = f"boss{number}"
        asked = register.SignUp(username=name, email=f"{name}@x.org", password=PASSWORD, agreement=True, invite_code=link.code)
        try:
            register.register(asked)
            return True
        except Forbidden:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(joins, range(4))) == [False, False, False, True]
    assert User.objects.get().role == Role.OWNER
    assert Account.objects.count() == 1


def test_an_owners_link_dies_when_the_console_makes_an_owner() -> None:
    link = actions.owner_invitation()
    assert link is not None
    person("chief", role=Role.OWNER)
    assert browser().get(f"/welcome/{link.code}").status_code == 404
    with pytest.raises(Forbidden):
        actions.use_invitation(link.code)


def test_invitations_have_bounds_and_end() -> None:
    member, moderator, owner = person("mia"), person("mo", role=Role.MODERATOR), person("oz", role=Role.OWNER)
    for wrong in ({"max_uses": 0}, {"max_uses": 101}, {"days": 400}, {"max_uses": None}, {"days": None}):
        with pytest.raises(Invalid):
            actions.create_invitation(member.id, **wrong)
    assert actions.create_invitation(moderator.id, max_uses=None, days=None).usable
    for who, role in ((member, Role.MODERATOR), (moderator, Role.MODERATOR), (owner, Role.OWNER), (owner, "king")):
        with pytest.raises(Forbidden):
            actions.create_invitation(who.id, role=role)
    staff = actions.create_invitation(owner.id, role=Role.MODERATOR)
    rule(SquareSettings.Registration.CLOSED)
    client = browser()
    client.get(staff.path)
    signs_up(client)
    assert User.objects.get(username="Zoe_1").role == Role.MODERATOR
    own = actions.create_invitation(member.id)
    with pytest.raises(NotFound):
        actions.revoke_invitation(person("mal").id, own.id)
    actions.revoke_invitation(member.id, own.id)
    assert queries.invitation(own.code) is None
    assert [i.usable for i in queries.invitations(member.id)] == [False]
    Invitation.objects.create(code="old", created_by=member, max_uses=None, expires_at=now() - timedelta(days=1))
    assert queries.invitation("old") is None
    for _ in range(20):
        actions.create_invitation(member.id)
    with pytest.raises(Invalid):
        actions.create_invitation(member.id)


def test_an_app_registers_somebody_who_then_confirms() -> None:
    token = app_token()
    status, found = api("POST", "/api/v1/accounts", token=token, body=ASKED)
    assert status == 200, found
    assert set(found) == {"access_token", "token_type", "scope", "created_at"}
    assert found["scope"] == "read write follow push"
    mine = found["access_token"]
    status, me = api("GET", "/api/v1/accounts/verify_credentials", token=mine)
    assert (status, me["username"]) == (200, "zoe")
    assert api("GET", "/api/v1/emails/check_confirmation", token=mine) == (200, False)
    status, refusal = api("POST", "/api/v1/statuses", token=mine, body={"status": "x"})
    assert (status, refusal["error"]) == (403, "Your login is missing a confirmed e-mail address")
    assert api("POST", "/api/v1/emails/confirmations", token=mine, body={"email": "new@example.org"}) == (200, {})
    assert mail.outbox[-1].to == ["new@example.org"]
    assert User.objects.get().language == "fr"
    browser().post(link_in_mail("/auth/confirm-email/"))
    assert api("GET", "/api/v1/emails/check_confirmation", token=mine) == (200, True)
    assert api("POST", "/api/v1/statuses", token=mine, body={"status": "x"})[0] == 200
    assert api("POST", "/api/v1/emails/confirmations", token=mine, body={})[0] == 403


def test_only_the_app_of_the_registration_asks_for_another_letter() -> None:
    token = app_token()
    api("POST", "/api/v1/accounts", token=token, body=ASKED)
    stranger = actions.create_token(User.objects.get(), scopes="read write")
    status, found = api("POST", "/api/v1/emails/confirmations", token=stranger, body={"email": "mine@evil.example"})
    assert status == 403
    assert "originally signed-up" in found["error"]
    assert User.objects.get().email == "zoe@example.org"


@pytest.mark.parametrize(
    ("more", "field", "error"),
    [
        ({"username": ""}, "username", "ERR_BLANK"), ({"username": "a b"}, "username", "ERR_INVALID"),
        ({"username": "x" * 31}, "username", "ERR_TOO_LONG"), ({"username": "root"}, "username", "ERR_RESERVED"),
        ({"username": "ANA"}, "username", "ERR_TAKEN"), ({"email": ""}, "email", "ERR_BLANK"), ({"email": "x"}, "email", "ERR_INVALID"),
        ({"email": "Ana@example.org"}, "email", "ERR_TAKEN"), ({"email": "x@a.spam.example"}, "email", "ERR_BLOCKED"),
        ({"password": ""}, "password", "ERR_BLANK"), ({"password": "seven77"}, "password", "ERR_TOO_SHORT"),
        ({"agreement": False}, "agreement", "ERR_ACCEPTED"), ({"reason": "x" * 3000}, "reason", "ERR_TOO_LONG"),
        ({"date_of_birth": "yesterday"}, "date_of_birth", "ERR_INVALID"),
    ],
)  # fmt: skip
def test_an_app_is_told_what_is_wrong_field_by_field(more: dict[str, Any], field: str, error: str) -> None:
    person("ana")
    EmailDomainBlock.objects.create(domain="spam.example")
    token = app_token()
    status, found = api("POST", "/api/v1/accounts", token=token, body={**ASKED, **more})
    assert status == 422
    assert found["error"].startswith("Validation failed: ")
    assert {name: [p["error"] for p in problems] for name, problems in found["details"].items()} == {field: [error]}
    assert all(p["description"] for p in found["details"][field])
    assert User.objects.count() == 1


def test_everything_wrong_is_said_at_once() -> None:
    token = app_token()
    status, found = api("POST", "/api/v1/accounts", token=token, body={})
    assert status == 422
    assert set(found["details"]) == {"username", "email", "password", "agreement"}


def test_registering_needs_an_apps_token_that_may_write() -> None:
    assert api("POST", "/api/v1/accounts", body=ASKED)[0] == 401
    token = app_token(scopes="read")
    assert api("POST", "/api/v1/accounts", token=token, body=ASKED)[0] == 403


def test_registrations_have_a_budget_of_their_own(settings: Any) -> None:
    token = app_token()
    settings.RATE_LIMITS = True
    answers = [api("POST", "/api/v1/accounts", token=token, body={})[0] for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_minimum_age_is_checked_and_not_kept() -> None:
    rule(SquareSettings.Registration.OPEN, minimum_age=16)
    token = app_token()
    young = f"{now().year - 15}-01-01"
    for born, error in (("", "ERR_BLANK"), (young, "ERR_BELOW_LIMIT")):
        status, found = api("POST", "/api/v1/accounts", token=token, body={**ASKED, "date_of_birth": born})
        assert (status, found["details"]["date_of_birth"][0]["error"]) == (422, error)
    assert list(signs_up(date_of_birth=young).context["form"].errors) == ["date_of_birth"]
    assert signs_up(date_of_birth="1990-05-01").status_code == 302
    assert User.objects.get().age_checked_at is not None


def test_two_people_never_get_one_name_or_address() -> None:
    asked = actions.Registration(username="zoe", email="zoe@example.org", password=PASSWORD)
    first, second = register.admit(asked), register.admit(asked)
    register.enrol(first)
    with pytest.raises(Invalid):
        register.enrol(second)
    other = register.admit(actions.Registration(username="yan", email="yan@example.org", password=PASSWORD))
    User.objects.update(email="yan@example.org")
    with pytest.raises(Invalid) as refusal:
        register.enrol(other)
    assert refusal.value.fields["email"][0]["error"] == "ERR_TAKEN"
    assert Account.objects.count() == 1


def test_settings_are_read_from_the_cache_and_follow_the_owner(django_assert_num_queries: Any) -> None:
    rule(SquareSettings.Registration.CLOSED, title="Place")
    assert queries.square().title == "Place"
    with django_assert_num_queries(0):
        assert not queries.square().is_open
    rule(SquareSettings.Registration.OPEN)
    assert queries.square().is_open
    with pytest.raises(Invalid):
        rule("sometimes")
    with pytest.raises(ValueError, match="colour"):
        actions.change_square(by="owner", colour="blue")


def test_a_link_from_the_console_logs_in_once() -> None:
    user = person()
    path = actions.create_login_link(user)
    client = browser()
    assert client.get(path).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(path).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    assert browser().post(path).status_code == 404
    late = actions.create_login_link(user)
    OneTimeLink.objects.update(expires_at=now() - timedelta(minutes=1))
    assert browser().post(late).status_code == 404


def test_one_click_logs_in_on_a_demo_square_only(settings: Any) -> None:
    person("dora", demo=True)
    person("real")
    assert browser().post("/auth/demo/dora").status_code == 404
    settings.IS_DEMO = True
    assert browser().get("/auth/demo/dora").status_code == 405
    client = browser()
    assert client.post("/auth/demo/dora").status_code == 302
    assert "_auth_user_id" in client.session
    assert browser().post("/auth/demo/real").status_code == 404, "whoever registers on a demo keeps their account"
    strict = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    assert strict.post("/auth/demo/dora").status_code == 403
