"""People log in with a second factor or a passkey, change what they know, see and end what acts for them, and leave."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from parvis.flows import close_account
from parvis.identity import actions, queries
from parvis.identity.models import AccessToken, Application, Role, User
from parvis.identity.tests.people import OOB, PASSWORD, api, browser, code_of, let_in, link_in_mail, new_app, person, token_for, wish
from parvis.kernel import changes, outbox
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid
from parvis.kernel.models import OutboxEvent
from parvis.network.actions import follows
from parvis.network.models import Account, Favourite, Follow, Post
from parvis.network.queries import account

pytestmark = pytest.mark.django_db
NEW = "another fine horse"


@pytest.fixture(autouse=True)
def _letters(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []


def code(secret: str) -> str:
    """Return the six digits that an authenticator shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def with_totp(user: User) -> str:
    """Return the secret of the person's new authenticator."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret


def proves(client: Client) -> Client:
    """The person types the password once more, as changing a second factor asks."""
    assert client.post("/auth/reauthenticate/", {"password": PASSWORD, "next": "/auth/2fa/"}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_totp_is_set_up_by_its_person_and_encrypted_at_rest() -> None:
    client = browser(person())
    assert client.get("/auth/2fa/totp/activate/")["Location"].startswith("/auth/reauthenticate/")
    page = proves(client).get("/auth/2fa/totp/activate/")
    assert page.status_code == 200, page.headers
    secret = page.context["form"].secret
    assert client.post("/auth/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()
    assert client.post("/auth/2fa/totp/activate/", {"code": code(secret)}).status_code == 302
    kept = Authenticator.objects.get(type="totp")
    assert secret not in str(kept.data)
    assert Authenticator.objects.filter(type="recovery_codes").exists()


def test_the_password_alone_does_not_log_in_with_totp() -> None:
    user = person()
    secret = with_totp(user)
    client = browser()
    answer = client.post("/auth/login/", {"login": "ana", "password": PASSWORD})
    assert answer["Location"] == "/auth/2fa/authenticate/"
    assert not is_in(client)
    asked = client.get("/oauth/authorize", wish(new_app()))
    assert asked["Location"].startswith("/auth/login/")
    assert client.post("/auth/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_in(client)
    assert client.post("/auth/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert is_in(client)


def test_a_recovery_code_serves_once() -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    user = person()
    with_totp(user)
    spare = RecoveryCodes.activate(user).get_unused_codes()[0]
    for expected in (True, False):
        client = browser()
        client.post("/auth/login/", {"login": "ana", "password": PASSWORD})
        client.post("/auth/2fa/authenticate/", {"code": spare})
        assert is_in(client) is expected


def test_passkeys_are_offered_for_this_domain(settings: Any) -> None:
    client = proves(browser(person()))
    assert client.get("/auth/2fa/webauthn/add/").status_code == 200
    asked = browser().get("/auth/2fa/webauthn/login/", HTTP_ACCEPT="application/json", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    assert asked.status_code == 200
    options = asked.json()["request_options"]["publicKey"]
    assert options["rpId"] == settings.DOMAIN.partition(":")[0]
    assert options["challenge"]


def test_a_passkey_logs_in_without_a_password() -> None:
    from parvis.identity.tests.passkey import Passkey

    user = person()
    client = proves(browser(user))
    key = Passkey()
    page = client.get("/auth/2fa/webauthn/add/")
    made = key.create(page.context["js_data"]["creation_options"])
    answer = client.post("/auth/2fa/webauthn/add/", {"name": "phone", "passwordless": "on", "credential": made})
    assert answer.status_code == 302, answer.context["form"].errors
    visitor = browser()
    asked = visitor.get("/auth/2fa/webauthn/login/", HTTP_ACCEPT="application/json", HTTP_X_REQUESTED_WITH="XMLHttpRequest").json()
    forged = Passkey().answer(asked["request_options"], key)
    visitor.post("/auth/2fa/webauthn/login/", {"credential": forged})
    assert not is_in(visitor)
    asked = visitor.get("/auth/2fa/webauthn/login/", HTTP_ACCEPT="application/json", HTTP_X_REQUESTED_WITH="XMLHttpRequest").json()
    assert visitor.post("/auth/2fa/webauthn/login/", {"credential": key.answer(asked["request_options"], key)}).status_code == 302
    assert visitor.session["_auth_user_id"] == str(user.pk)


def test_sessions_are_seen_and_ended() -> None:
    user = person()
    here, elsewhere, other = browser(user), browser(user), browser(person("bo"))
    assert here.get("/auth/sessions/").status_code == 200
    sessions = {s.session_key: s.id for s in UserSession.objects.filter(user=user)}
    assert len(sessions) == 2
    there = sessions[elsewhere.session.session_key]
    assert other.post(f"/auth/sessions/{there}/end").status_code == 404
    assert elsewhere.get("/auth/apps/").status_code == 200
    assert here.post(f"/auth/sessions/{there}/end").status_code == 302
    assert elsewhere.get("/auth/apps/").status_code == 302
    assert here.get("/auth/apps/").status_code == 200


def test_a_new_password_ends_every_other_session() -> None:
    user = person()
    here, elsewhere = browser(user), browser(user)
    token = token_for(user)
    wrong = here.post("/auth/password/change/", {"oldpassword": "no", "password1": NEW, "password2": NEW})
    assert wrong.status_code == 200
    assert elsewhere.get("/auth/apps/").status_code == 200
    assert here.post("/auth/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}).status_code == 302
    assert here.get("/auth/apps/").status_code == 200
    assert elsewhere.get("/auth/apps/").status_code == 302
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200
    assert len(mail.outbox) == 1, "its person is told"


def test_a_reset_password_revokes_apps_too() -> None:
    user = person()
    token, elsewhere = token_for(user), browser(user)
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200
    client = browser()
    client.post("/auth/password/reset/", {"email": "ANA@example.org"})
    path = link_in_mail("/auth/password/reset/key/")
    target = client.get(path)["Location"]
    assert client.get(target).status_code == 200
    assert client.post(target, {"password1": NEW, "password2": NEW}).status_code == 302
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 401
    assert elsewhere.get("/auth/apps/").status_code == 302
    again = browser().get(path)
    assert again.status_code == 200, "the link works once: it shows that it is spent"
    assert User.objects.get().check_password(NEW)


def test_an_address_changes_once_it_is_confirmed_and_not_to_somebody_elses() -> None:
    user, client = person(), None
    person("bo")
    client = browser(user)
    client.post("/auth/email/", {"action_add": "", "email": "new@example.org"})
    assert User.objects.get(id=user.id).email == "ana@example.org"
    path = link_in_mail("/auth/confirm-email/")
    client.post(path)
    assert User.objects.get(id=user.id).email == "new@example.org"
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [("new@example.org", True)]
    client.post("/auth/email/", {"action_add": "", "email": "late@example.org"})
    path = link_in_mail("/auth/confirm-email/")
    User.objects.filter(username="bo").update(email="late@example.org")
    assert client.post(path).status_code < 500
    assert User.objects.get(id=user.id).email == "new@example.org"


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http://localhost:9/x", "/\\evil.example"]
)
def test_logging_in_leads_to_this_square_only(next_page: str) -> None:
    person()
    answer = browser().post("/auth/login/", {"login": "ana", "password": PASSWORD, "next": next_page})
    assert answer["Location"] == "/home"


def test_guessing_passwords_is_slowed_down(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/key"}
    person()
    client = browser()
    for _ in range(4):
        client.post("/auth/login/", {"login": "ana", "password": "wrong password"})
    client.post("/auth/login/", {"login": "ana", "password": PASSWORD})
    assert not is_in(client)


def test_roles_change_at_once_and_the_last_owner_stays() -> None:
    owner, member = person("oz", role=Role.OWNER), person()
    token = actions.create_token(member, scopes="read write admin:read")
    assert api("GET", "/api/v1/admin/reports", token=token)[0] == 403
    actions.change_role(member.id, Role.MODERATOR, by="console")
    assert api("GET", "/api/v1/admin/reports", token=token)[0] == 200
    with pytest.raises(Invalid):
        actions.change_role(owner.id, Role.MEMBER, by="console")
    actions.change_role(member.id, Role.OWNER, by="console")
    actions.change_role(owner.id, Role.MEMBER, by="console")
    assert queries.role_of(owner.account_id) == Role.MEMBER


# ---------------------------------------------------------------- leaving


def test_a_closed_account_is_hidden_and_logged_out_at_once_and_comes_back() -> None:
    user = person()
    token, here, elsewhere = token_for(user), browser(user), browser(user)
    visitor = actions.create_token(person("bo"), scopes="read")
    _status, post = api("POST", "/api/v1/statuses", token=token, body={"status": "Bonjour"})
    assert api("GET", f"/api/v1/statuses/{post['id']}", token=visitor)[0] == 200
    assert here.post("/auth/close/", {"password": "not mine"}).status_code == 200
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200
    assert here.post("/auth/close/", {"password": PASSWORD}).status_code == 200
    assert not is_in(here)
    assert elsewhere.get("/auth/apps/").status_code == 302
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 401
    assert api("GET", f"/api/v1/statuses/{post['id']}", token=visitor)[0] == 404
    assert api("GET", f"/api/v1/statuses/{post['id']}")[0] == 404
    assert OutboxEvent.objects.filter(kind="AccountHidden").count() == 1
    assert account(user.account_id).hidden
    assert close_account.purge_due() == 0
    browser(user)
    assert not account(user.account_id).hidden
    assert api("GET", f"/api/v1/statuses/{post['id']}", token=visitor)[0] == 200
    Account.objects.update(created_at=now() - timedelta(days=30))
    assert close_account.purge_due() == 0


def test_after_the_grace_period_nothing_is_left_but_the_name() -> None:
    user, friend = person(), person("bo")
    token, theirs = token_for(user), actions.create_token(friend, scopes="read write")
    follows.follow(friend.account_id, user.account_id)
    follows.follow(user.account_id, friend.account_id)
    _status, post = api("POST", "/api/v1/statuses", token=theirs, body={"status": "Salut"})
    for number in range(3):
        api("POST", "/api/v1/statuses", token=token, body={"status": f"Réponse {number}", "in_reply_to_id": post["id"]})
    api("POST", f"/api/v1/statuses/{post['id']}/favourite", token=token)
    api("POST", f"/api/v1/statuses/{post['id']}/reblog", token=token)
    Account.objects.filter(id=user.account_id).update(display_name="Ana", note="bio")
    close_account.close(user, PASSWORD)
    Account.objects.filter(id=user.account_id).update(deletion_requested_at=now() - timedelta(days=14, minutes=1))
    assert close_account.purge_due() == 1
    assert close_account.purge_due() == 0
    assert OutboxEvent.objects.filter(kind="AccountPurged").count() == 1
    outbox.drain()
    left = Account.objects.get(id=user.account_id)
    assert (left.username, left.display_name, left.note, left.posts_count) == ("ana", "", "", 0)
    assert left.deleted_at is not None
    for model, column in ((Post, "author"), (Favourite, "account"), (Follow, "follower"), (Follow, "followee")):
        assert not model.objects.filter(**{column: user.account_id}).exists(), model
    assert not User.objects.filter(username="ana").exists()
    assert not EmailAddress.objects.filter(email="ana@example.org").exists()
    assert not AccessToken.objects.filter(user_id=user.id).exists()
    changes.sync()
    found = api("GET", f"/api/v1/statuses/{post['id']}", token=theirs)[1]
    assert (found["replies_count"], found["favourites_count"], found["reblogs_count"]) == (0, 0, 0)
    assert account(friend.account_id).followers_count == 0
    with pytest.raises(Invalid):
        person("ana")


def test_the_last_owner_cannot_leave() -> None:
    owner = person("oz", role=Role.OWNER)
    client = browser(owner)
    client.post("/auth/close/", {"password": PASSWORD})
    assert is_in(client)
    assert not account(owner.account_id).hidden
    person("second", role=Role.OWNER)
    client.post("/auth/close/", {"password": PASSWORD})
    assert not is_in(client)


def test_who_never_confirms_is_forgotten_and_the_name_is_free() -> None:
    user = person(confirmed=False)
    User.objects.update(created_at=now() - timedelta(days=6))
    assert close_account.purge_due() == 0
    User.objects.update(created_at=now() - timedelta(days=8))
    assert close_account.purge_due() == 1
    assert not Account.objects.filter(id=user.account_id).exists()
    assert person("ana").username == "ana"


def test_what_nobody_uses_is_forgotten() -> None:
    app, idle = new_app(), new_app(client_name="Idle")
    token = token_for(person(), app)
    code_of(let_in(browser(User.objects.get()), idle))
    actions.console_application()
    Application.objects.update(created=now() - timedelta(days=3))
    actions.forget_stale()
    assert Application.objects.filter(name="Idle").exists(), "its code can still be exchanged"
    from parvis.identity.models import Grant

    Grant.objects.update(expires=now() - timedelta(minutes=1))
    actions.forget_stale()
    assert set(Application.objects.values_list("name", flat=True)) == {"Test app", "console"}
    assert api("GET", "/api/v1/accounts/verify_credentials", token=token)[0] == 200


def test_the_console_app_has_no_secret_that_opens_it() -> None:
    actions.console_application()
    for secret in ("", "!", "console"):
        given = {"grant_type": "client_credentials", "client_id": "console", "client_secret": secret, "redirect_uri": OOB}
        assert api("POST", "/oauth/token", body=given)[0] == 401


def test_authorised_apps_cost_two_queries(django_assert_num_queries: Any) -> None:
    user = person()
    for number in range(4):
        token_for(user, new_app(client_name=f"App {number}"))
    with django_assert_num_queries(2):
        assert len(queries.authorised_apps(user.id)) == 4
