"""`svitac explain`: the manual of a rule or an artifact, from its own docstring."""

from __future__ import annotations

import click


@click.command()
@click.argument("name", required=False)
def explain(name: str | None) -> None:
    """Why a rule speaks, what honest thing looks the same, and what it rests on; or what an artifact is.

    Without NAME: all rules and artifacts, a line each.
    """
    from svitac import discover  # noqa: PLC0415

    rules = {rule.id: rule for rule in discover.rules()}
    artifacts = {artifact.id: artifact for artifact in discover.artifacts()}
    if name is None:
        _list("Rules", {r.id: r.why for r in rules.values()})
        _list("Artifacts", {a.id: a.title for a in artifacts.values()})
    elif name in rules:
        _rule(rules[name])
    elif name in artifacts:
        _artifact(artifacts[name])
    else:
        near = [known for known in (*rules, *artifacts) if name in known]
        raise click.UsageError(f"nothing is called {name}" + (f"; did you mean {', '.join(near)}?" if near else ""))


def _list(title: str, lines: dict[str, str]) -> None:
    click.echo(f"{title}\n")
    for name, text in sorted(lines.items()):
        click.echo(f"  {name}\n      {text}")
    click.echo("")


def _rule(rule: object) -> None:
    from svitac.declare import Rule  # noqa: PLC0415

    assert isinstance(rule, Rule)  # noqa: S101 - for the type checker
    click.echo(f"{rule.id}\n\n{rule.doc}\n")
    click.echo(f"Level: {rule.level}\nStage: {rule.stage}\nCertainty: {rule.certainty}")
    click.echo(f"Looks the same: {rule.benign}")
    for step in rule.next_steps:
        click.echo(f"Next: {step}")
    for reference in rule.references:
        click.echo(f"Source: {reference}")


def _artifact(artifact: object) -> None:
    from svitac.declare import Artifact  # noqa: PLC0415

    assert isinstance(artifact, Artifact)  # noqa: S101
    click.echo(f"{artifact.id}\n\n{artifact.doc}\n")
    click.echo(f"Looks for: {', '.join(artifact.looked_for)}")
    click.echo(f"Clock: {artifact.clock}\nSpeaks for: {artifact.covers}")
    if artifact.kept:
        click.echo(f"Kept: {artifact.kept}")
    click.echo(f"Fields: {', '.join(artifact.record.__struct_fields__)}")
