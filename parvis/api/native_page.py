"""An OpenAPI document as a page that a person reads: rendered here, without scripts or files from elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "code{font-size:.95em}article{border-top:1px solid;padding:1rem 0}th,td{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page(schema: dict[str, Any]) -> HttpResponse:
    """Return the page of an OpenAPI document."""
    operations = [
        _operation(method, path, operation) for path, methods in sorted(schema["paths"].items()) for method, operation in methods.items()
    ]
    models = schema.get("components", {}).get("schemas", {})
    info = schema["info"]
    body = format_html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>{title} API</title><style>{style}</style></head><body><main><h1>{title} API, version {version}</h1><p>{text}</p>"
        '<p>The same for programs: <a href="openapi.json">openapi.json</a></p>{operations}<h2>Documents</h2>{models}</main></body></html>',
        title=info["title"],
        version=info["version"],
        style=mark_safe(_STYLE),  # noqa: S308 - ours
        text=info.get("description", ""),
        operations=format_html_join("", "{}", ((o,) for o in operations)),
        models=format_html_join("", "{}", ((_model(name, model),) for name, model in sorted(models.items()))),
    )
    response = HttpResponse(body)
    response["Content-Security-Policy"] = _POLICY
    return response


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    answers = (
        (code, _shape(_content(answer)), answer.get("description", "")) for code, answer in sorted(operation["responses"].items(), key=str)
    )
    return format_html(
        '<article><h2 id="{id}"><code>{method} {path}</code></h2><p><strong>{summary}</strong></p><p>{text}</p>{params}'
        "<table><tr><th>Status</th><th>Document</th><th></th></tr>{answers}</table></article>",
        id=operation.get("operationId", path),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        text=operation.get("description", ""),
        params=_parameters(operation.get("parameters", [])),
        answers=format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", answers),
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = ((p["name"], p["in"], _shape(p.get("schema", {})), p.get("description", "")) for p in parameters)
    body = format_html_join("", "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
    return format_html("<table><tr><th>Parameter</th><th>In</th><th>Kind</th><th></th></tr>{}</table>", body)


def _content(answer: dict[str, Any]) -> dict[str, Any]:
    content = answer.get("content", {}).get("application/json", {})
    found: dict[str, Any] = content.get("schema", {})
    return found


def _shape(schema: dict[str, Any]) -> str:
    """Return a short name of a schema, linked to its description where it has one."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return format_html('<a href="#{0}">{0}</a>', name)
    if "anyOf" in schema:
        return format_html_join(" or ", "{}", ((_shape(s),) for s in schema["anyOf"]))
    if schema.get("type") == "array":
        return format_html("list of {}", _shape(schema.get("items", {})))
    if isinstance(schema.get("additionalProperties"), dict):
        return format_html("object of {}", _shape(schema["additionalProperties"]))
    return str(schema.get("type", ""))


def _model(name: str, model: dict[str, Any]) -> str:
    rows = ((field, _shape(one), one.get("description", "")) for field, one in model.get("properties", {}).items())
    return format_html(
        '<article><h3 id="{name}">{name}</h3><p>{text}</p><table>{rows}</table></article>',
        name=name,
        text=model.get("description", ""),
        rows=format_html_join("", "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>", rows),
    )
