"""An address that moderators blocked altogether may not use pages either, and may again once the block is lifted."""

from __future__ import annotations

from typing import Any

from parvis.kernel import changes
from parvis.moderation.actions import block_ip, unblock_ip


def test_blocked_address_is_refused_on_pages_as_in_the_api(square: Any) -> None:
    moderator = square.paper.account_id
    block = block_ip(moderator, "127.0.0.0/8", "no_access")
    changes.sync()
    for visitor, path in ((square.anyone, "/"), (square.member, "/home"), (square.anyone, "/auth/login/")):
        assert visitor.get(path).status_code == 403, path
    assert square.member.post("/compose", {"text": "still here"}).status_code == 403
    unblock_ip(moderator, block.id)
    changes.sync()
    assert square.anyone.get("/").status_code == 200
    assert square.member.get("/home").status_code == 200


def test_other_addresses_and_milder_blocks_leave_pages_open(square: Any) -> None:
    block_ip(square.paper.account_id, "192.0.2.0/24", "no_access")
    block_ip(square.paper.account_id, "127.0.0.0/8", "sign_up_block")
    changes.sync()
    assert square.anyone.get("/").status_code == 200
