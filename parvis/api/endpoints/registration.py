"""People join from an app, and confirm their address."""

from __future__ import annotations

from datetime import date

from parvis.api.call import Answer, Call, json_answer
from parvis.api.router import budgeted
from parvis.flows import register
from parvis.identity.mail import send_confirmation
from parvis.identity.models import User
from parvis.identity.queries import Principal, application
from parvis.kernel.errors import Conflict, Forbidden, Invalid, Unauthenticated

WRONG_APP = "This method is only available to the application the user originally signed-up with"
CONFIRMED = "This method is only available while the e-mail is awaiting confirmation"


@budgeted("signup")
def create(call: Call) -> Answer:
    """POST /api/v1/accounts : an account waits for its confirmation by mail; answers with its token; for an app's own token"""
    who = call.principal
    if who is None:
        raise Unauthenticated
    if not who.allows("write:accounts"):
        raise Forbidden("This action is outside the authorized scopes", code="token.scope")
    app = application(who.app_id)
    asked = register.SignUp(
        username=call.text("username"),
        email=call.text("email"),
        password=call.text("password"),
        agreement=call.flag("agreement"),
        reason=call.text("reason"),
        language=_language(call),
        invite_code=call.text("invite_code"),
        born=_date(call.text("date_of_birth")),
        ip=call.ip,
    )
    try:
        joined = register.register(asked, app=app, scopes=app.scopes)
    except Invalid as refusal:
        raise _in_mastodons_words(refusal) from None
    if joined.user.confirmed_at is None:
        send_confirmation(joined.user)
    return json_answer(
        {
            "access_token": joined.token,
            "token_type": "Bearer",
            "scope": app.scopes,
            "created_at": int(joined.user.created_at.timestamp()),
        }
    )


def _in_mastodons_words(refusal: Invalid) -> Invalid:
    """Return the refusal with a text that names the fields, as Rails does and apps show."""
    parts = [f"{name.replace('_', ' ').capitalize()}: {p['description']}" for name, found in refusal.fields.items() for p in found]
    return Invalid(f"Validation failed: {', '.join(parts)}", fields=refusal.fields)


def _language(call: Call) -> str:
    return "fr" if (call.text("locale") or call.header("Accept-Language") or "")[:2].lower() == "fr" else "en"


def _date(text: str) -> date | None:
    """Return a date, None without one. Raises Invalid."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problem = {"error": "ERR_INVALID", "description": "is not a date (YYYY-MM-DD)"}
        raise Invalid("Validation failed: Date of birth is not a date", fields={"date_of_birth": [problem]}) from None


@budgeted("signup")
def confirm(call: Call) -> Answer:
    """POST /api/v1/emails/confirmations : another message, to another address when `email` is given"""
    who = call.authorize("write:accounts", incomplete=True)
    if User.objects.get(id=who.user_id).created_by_app_id != who.app_id:
        raise Forbidden(WRONG_APP, code="app.other")
    try:
        register.resend_confirmation(who.user_id, call.text("email"))
    except Conflict:
        raise Forbidden(CONFIRMED, code="account.confirmed") from None
    except Invalid as refusal:
        raise _in_mastodons_words(refusal) from None
    return json_answer({})


def check(call: Call) -> Answer:
    """GET /api/v1/emails/check_confirmation : whether the caller's address is confirmed"""
    who: Principal = call.authorize("read:accounts", incomplete=True)
    return json_answer(who.blocked != "unconfirmed")


ROUTES = [
    ("POST", "/api/v1/accounts", create),
    ("POST", "/api/v1/emails/confirmations", confirm),
    ("GET", "/api/v1/emails/check_confirmation", check),
]
