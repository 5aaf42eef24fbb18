"""The order of answers: best first, none hidden, from three public inputs and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parvis.network.queries import PostData

DEEPEST = 3


def best_first(root: PostData, answers: Sequence[PostData], follows: Mapping[int, bool]) -> list[tuple[int, int]]:
    """Return (id, depth) of every answer, depth first.

    Among siblings: the author's own first, then people the reader follows, then by favourites, boosts and answers,
    then the earlier one. depth: 0 for answers to the root, at most DEEPEST.
    """
    present = {p.id for p in answers}
    children: dict[int, list[PostData]] = {}
    for post in answers:
        parent = post.in_reply_to_id if post.in_reply_to_id in present or post.in_reply_to_id == root.id else root.id
        children.setdefault(parent or root.id, []).append(post)
    ordered: list[tuple[int, int]] = []
    stack = [(p, 0) for p in reversed(_ranked(children.get(root.id, []), root.author_id, follows))]
    while stack:
        post, depth = stack.pop()
        ordered.append((post.id, depth))
        below = _ranked(children.get(post.id, []), root.author_id, follows)
        stack += [(p, min(depth + 1, DEEPEST)) for p in reversed(below)]
    return ordered


def _ranked(siblings: list[PostData], author_id: int, follows: Mapping[int, bool]) -> list[PostData]:
    def rank(p: PostData) -> tuple[bool, bool, int, int]:
        return p.author_id != author_id, not follows.get(p.author_id, False), -(p.favourites_count + p.boosts_count + p.replies_count), p.id

    return sorted(siblings, key=rank)
