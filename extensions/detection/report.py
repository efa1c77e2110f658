"""A report as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .evidence import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .evidence import Answer, Evidence, Report


def as_json(report: Report) -> str:
    """Return the report as JSON; "limits" is there only when something was not looked at."""
    document: dict[str, Any] = {
        "kind": report.kind,
        "fields": {name: _answer(answer) for name, answer in report.fields.items()},
    }
    if report.limits:
        document["limits"] = list(report.limits)
    return json.dumps(document, indent=2)


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status.value,
        "value": list(answer.value) if isinstance(answer.value, tuple) else answer.value,
        "strength": answer.strength.name.lower() if answer.strength else None,
        "evidence": [_evidence(each) for each in answer.evidence],
        "alternatives": [
            {
                "value": each.value,
                "strength": each.strength.name.lower(),
                "evidence": [_evidence(one) for one in each.evidence],
            }
            for each in answer.alternatives
        ],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "file": evidence.file,
        "line": evidence.line,
        "signal": evidence.signal,
        "what": evidence.what,
    }


def as_table(report: Report, labels: Mapping[str, str]) -> str:
    """Return the report as a table: field, answer, strength, the best evidence."""
    rows = [("field", "answer", "strength", "found in")]
    for name, answer in report.fields.items():
        places = [f"{each.file}:{each.line} {each.what}" for each in answer.evidence[:1]]
        strength = (
            answer.strength.name.lower()
            if answer.strength and answer.status is Status.FOUND
            else ""
        )
        rows.append((name.replace("_", " "), _shown(answer, labels), strength, "".join(places)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join(
            (*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3])
        ).rstrip()
        for row in rows
    ]
    return "\n".join(
        (f"{report.kind}", "", *lines, *(f"not looked at: {each}" for each in report.limits))
    )


def _shown(answer: Answer, labels: Mapping[str, str]) -> str:
    if answer.status is Status.CONFLICT:
        return "conflict: " + " or ".join(
            labels.get(each.value, each.value) for each in answer.alternatives
        )
    if answer.status is not Status.FOUND or answer.value is None:
        return answer.status.value
    values = [answer.value] if isinstance(answer.value, str) else answer.value
    return ", ".join(labels.get(each, each) for each in values)
