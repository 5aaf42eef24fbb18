"""What happens in moderation, as facts."""

from __future__ import annotations

from dataclasses import dataclass

from parvis.kernel.outbox import Event


@dataclass(frozen=True)
class ReportFiled(Event):
    report_id: int
    target_id: int


@dataclass(frozen=True)
class DecisionTaken(Event):
    """An account is told what was decided about it, and why."""

    decision_id: int
    target_id: int
