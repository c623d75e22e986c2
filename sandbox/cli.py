"""The command ``sandbox``.

stdout has the report, stderr has progress and errors. Exit codes: 0 done, 1 a build failed, 2 wrong
usage, 3 the sandbox is not available, 130 interrupted.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import traceback
from dataclasses import asdict
from typing import Annotated, Any

import typer

from sandbox import process
from sandbox.engine import doctor as preconditions
from sandbox.engine.client_shell import open_shell
from sandbox.engine.limits import Limits
from sandbox.engine.status import measure
from sandbox.errors import BuildError, HostError, SandboxError, UsageError
from sandbox.images.recipe import base_images, catalog
from sandbox.progress import Progress
from sandbox.sandbox import Sandbox
from sandbox.shell_command import run_on_terminal
from sandbox.wording import printable

app = typer.Typer(
    help="The private builder of BuildKit Lab: a Docker engine of its own, apart from yours.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_INTERRUPTED = 1, 2, 3, 130
LOGS = ("dockerd", "registry", "services", "rootlesskit")
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main() -> None:
    """Run the command line. Every error ends with a message, a next step and an exit code."""
    try:
        # Without standalone mode, typer returns the code of an Exit, and 130 for Ctrl-C.
        code = app(prog_name="sandbox", standalone_mode=False)
        if code == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        sys.exit(code)
    except SandboxError as error:
        print(f"sandbox: {error.report()}", file=sys.stderr)
        sys.exit(_exit_code(error))
    except (KeyboardInterrupt, typer.Abort):
        print("sandbox: interrupted; run the same command again to go on", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    except OSError as error:
        print(f"sandbox: {_refusal(error).report()}", file=sys.stderr)
        sys.exit(EXIT_UNAVAILABLE)
    except Exception as error:
        # click's own errors, for example about an unknown option, have a method ``show``.
        if hasattr(error, "show"):
            error.show()
            sys.exit(EXIT_USAGE)
        traceback.print_exc()
        print("sandbox: a bug in the lab; please report the lines above", file=sys.stderr)
        sys.exit(EXIT_UNAVAILABLE)


def _refusal(error: OSError) -> HostError:
    """An error of the operating system: no permission, a full disk, a failing disk."""
    return HostError(
        f"The operating system reported an error: {error.strerror or error}: "
        f"{error.filename or 'no file named'}.",
        next_step="if the disk is full, free some space; otherwise set BUILDKIT_LAB_HOME and "
        "BUILDKIT_LAB_CACHE to folders of your own",
    )


def _exit_code(error: SandboxError) -> int:
    if isinstance(error, UsageError):
        return EXIT_USAGE
    return EXIT_FAILED if isinstance(error, BuildError) else EXIT_UNAVAILABLE


@app.command()
def up(
    online: Annotated[
        bool | None, typer.Option("--online/--offline", help="Let builds reach the internet.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(help="Memory limit of the whole sandbox, such as 4g.")
    ] = None,
    cpus: Annotated[
        float | None, typer.Option(help="CPU limit of the whole sandbox in cores, such as 1.5.")
    ] = None,
    pids: Annotated[
        int | None, typer.Option(help="Limit on processes and threads of the whole sandbox.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the registry.")
    ] = None,
) -> None:
    """Start the sandbox, and set it up on first use. Safe to repeat."""
    bounds = None if (memory, cpus, pids) == (None, None, None) else Limits.of(memory, cpus, pids)
    with Progress() as progress:
        lab = Sandbox(tell=progress.tell)
        state = lab.up(online=online, limits=bounds, port=port)
    print(
        f"The sandbox is up: registry localhost:{state.port}, "
        f"network {'online' if state.online else 'offline'}."
    )


@app.command()
def down() -> None:
    """Stop the sandbox. Images and cache stay."""
    print("The sandbox is down." if Sandbox().down() else "The sandbox was not running.")


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Show the running sandbox: versions, registry, network, limits, memory and disk in use."""
    lab = Sandbox()
    now = measure(lab.paths, lab.state, lab.docker("buildx", "version").stdout.split()[1])
    if as_json:
        print(json.dumps({"version": 1, **asdict(now)}, indent=1))
        return
    rows = {
        **now.versions,
        "platforms": ", ".join(now.platforms),
        "registry at": now.registry,
        "network": now.network,
        "packages.lab": now.packages,
        "limits": now.limits,
        "memory in use": f"{now.memory_bytes / 1e6:.0f} MB",
        **{f"disk, {name}": f"{size / 1e6:.0f} MB" for name, size in now.disk_bytes.items()},
        "disk, free": f"{now.disk_free_bytes / 1e9:.1f} GB",
        "process": str(now.pid),
        "home": now.home,
    }
    for name, value in rows.items():
        print(f"{name:18} {value}")


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Check every precondition on this machine, and show a fix for each missing one."""
    findings = preconditions.examine(Sandbox().paths)
    if as_json:
        print(json.dumps({"version": 1, "findings": [asdict(f) for f in findings]}, indent=1))
    else:
        for finding in findings:
            mark = "ok  " if finding.ok else "FAIL" if finding.required else "note"
            print(f"{mark}  {finding.name}: {finding.found}")
            if finding.fix:
                print(f"      fix: {finding.fix}")
    if any(finding.required and not finding.ok for finding in findings):
        raise typer.Exit(EXIT_UNAVAILABLE)


@app.command()
def warm(
    names: Annotated[list[str] | None, typer.Argument(help="Base images; all by default.")] = None,
) -> None:
    """Download and build base images now, so that lessons need no network later."""
    unknown = sorted(set(names or ()) - set(catalog()))
    if unknown:
        raise UsageError(
            f"There is no base image {', '.join(unknown)}.",
            next_step=f"choose from {', '.join(catalog())}",
        )
    with Progress() as progress:
        ready = Sandbox(tell=progress.tell).warm(names or ())
    print(f"Ready: {', '.join(recipe.name for recipe in ready)}.")


@app.command()
def images(as_json: JsonFlag = False) -> None:
    """List the base images, whether each is ready, and the package index that each uses."""
    served = Sandbox().base_images()
    rows: list[dict[str, Any]] = [
        {
            "name": recipe.name,
            "tags": list(recipe.tags),
            "platforms": list(recipe.platforms),
            "ready": served.has(recipe),
            "cached": served.cached(recipe),
            "index": recipe.index,
            "download_mb": recipe.size_mb,
        }
        for recipe in catalog().values()
    ]
    if as_json:
        print(json.dumps({"version": 1, "images": rows}, indent=1))
        return
    for row in rows:
        ready = "ready" if row["ready"] else "cached" if row["cached"] else "made on first use"
        platforms = ", ".join(row["platforms"])
        packages = f"http://packages.lab/{row['index']}" if row["index"] else ""
        print(f"{row['name']:18} {ready:18} {platforms:26} {packages}".rstrip())
    print("In a Dockerfile: FROM NAME. `sandbox warm` makes all of them ready.")


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def shell(
    command: Annotated[
        list[str] | None, typer.Argument(help="After --: a command to run in place of a shell.")
    ] = None,
) -> None:
    """Open a shell in which docker is the sandbox's, or run one command there."""
    progress = Progress()
    lab = Sandbox(tell=progress.tell)
    with progress:
        lab.up()
    env = lab.environment()
    if command:
        if shutil.which(command[0], path=env["PATH"]) is None:
            raise UsageError(
                f"There is no program {command[0]}.",
                next_step="write the command after `--`, as in: sandbox shell -- docker images",
            )
        raise typer.Exit(run_on_terminal(lab, command, progress))
    print(f"docker is the sandbox's in this shell, and $REGISTRY is {env['REGISTRY']}.")
    print(f"`exit` leaves it. Base images: {', '.join(base_images())} (more: `sandbox images`).")
    print("Make an image ready before its first use here: `sandbox warm NAME`.")
    argv, env = open_shell(env)
    process.replace(argv, env=env)


_HISTORY_ROW = "{:25}  {:19}  {:9}  {:>8}  {:16}  {}"
history_app = typer.Typer(invoke_without_command=True, no_args_is_help=False)
app.add_typer(history_app, name="history")


@history_app.callback()
def history(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List earlier builds of this sandbox, from BuildKit's records; `show ID` reopens one."""
    if context.invoked_subcommand is not None:
        return
    records = Sandbox().history()
    if as_json:
        builds = [{**asdict(r), "started": r.started.isoformat()} for r in records]
        print(json.dumps({"version": 1, "builds": builds}, indent=1))
        return
    if records:
        print(_HISTORY_ROW.format("id", "began", "status", "took", "from the cache", "build"))
    for record in records:
        took = "running" if record.duration_s is None else f"{record.duration_s:.1f} s"
        began = record.started.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        cached = f"{record.cached} of {record.vertexes} cached"
        name = printable(record.name) or "(no name: its Dockerfile came from stdin)"
        print(_HISTORY_ROW.format(record.id, began, record.status, took, cached, name))
    if not records:
        print("BuildKit has no record of a build.")


@history_app.command("show")
def show(id: Annotated[str, typer.Argument(help="The build's id, or its first letters.")]) -> None:
    """Show an earlier build again: command, graph, timeline, figures."""
    # Imported here, because the drawing code is slow to import and only this command needs it.
    from sandbox.views.build_report import build_report  # noqa: PLC0415

    print(build_report(Sandbox().reopen(id)), end="")


@app.command()
def logs(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(LOGS)}.")] = LOGS[0],
    lines: Annotated[
        int, typer.Option("-n", min=1, help="How many lines to show, counted from the end.")
    ] = 50,
) -> None:
    """Show the log of the engine, or of one of its services."""
    if name not in LOGS:
        raise UsageError(f"There is no log {name!r}.", next_step=f"choose {', '.join(LOGS)}")
    path = Sandbox().paths.logs / f"{name}.log"
    if not path.exists():
        raise UsageError(f"There is no log {path} yet.", next_step="`sandbox up` starts the engine")
    print(process.tail(path.read_text(errors="replace"), lines))


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    cache: Annotated[bool, typer.Option("--cache", help="Remove the shared cache too.")] = False,
) -> None:
    """Stop the sandbox and remove all its files."""
    lab = Sandbox()
    doomed = [lab.paths.home, *([lab.paths.cache] if cache else [])]
    if not yes and not typer.confirm(f"Remove {shlex.join(map(str, doomed))}?", err=True):
        print("Nothing was removed.")
        return
    lab.reset(cache=cache)
    print(f"Removed {' and '.join(map(str, doomed))}.")
