"""The files for GitHub, Docker and contributors are valid, and name only what exists."""

from __future__ import annotations

import re
import runpy
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from streamproof.relay.app import load_openapi
from streamproof.relay.settings import Settings, variable_of
from tests.programs import BROWSER, NODE
from tests.repository_rules import (
    ACTION,
    CI,
    GITLAB,
    PROVE,
    RELEASE,
    ROOT,
    WORKFLOWS,
    compose_problems,
    dockerfile_problems,
    help_of,
    read,
    schema_errors,
    unknown_words,
    versions,
    workflow_problems,
)

PYPROJECT = tomllib.loads(read("pyproject.toml"))
PROJECT = PYPROJECT["project"]
RUN = runpy.run_path(str(ROOT / "run"))

ISSUE_FORM = ".github/ISSUE_TEMPLATE/stream-that-broke.yml"
ISSUE_CONFIG = ".github/ISSUE_TEMPLATE/config.yml"
PRE_COMMIT = ".pre-commit-config.yaml"
MARKDOWN = ("CONTRIBUTING.md", "SECURITY.md", "docs/docker.md")
REPLICAS = "docs/examples/replicas"
SCHEMAS = [
    *((name, "vendor.github-workflows") for name in WORKFLOWS),
    *((name, "custom.github-workflows-require-timeout") for name in WORKFLOWS),
    (ISSUE_FORM, "vendor.github-issue-forms"),
    (ISSUE_CONFIG, "vendor.github-issue-config"),
    (ACTION, "vendor.github-actions"),
    (GITLAB, "vendor.gitlab-ci"),
    ("compose.yaml", "vendor.compose-spec"),
    ("docs/examples/compose/compose.yaml", "vendor.compose-spec"),
    (f"{REPLICAS}/compose.yaml", "vendor.compose-spec"),
]

SETTINGS = {setting.name: setting for setting in fields(Settings)}
PAGES = sorted((ROOT / "docs").glob("*.md"))
CODE_FOLDERS = [
    ROOT / name for name in ("contracts", "mock_ai", "relay", "harness", "tests", "bench", "tools")
]
EXCEPTION = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])\s*$")
USED_ACTION = re.compile(r"\buses: (\S+)")
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
RUN_COMMAND = re.compile(r"\./run ([a-z][\w-]*)")
STREAMPROOF_COMMAND = re.compile(r"\bstreamproof(?::local)? ([a-z][\w-]*)")
FOLDERS = "contracts|mock_ai|relay|harness|scenarios|tests|bench|tools|docs"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*|\.[\w-]+/[\w./-]+)`")
PLACEHOLDER = re.compile(r"NAME|FOLDER|x_y|x-y")
REPOSITORY = re.compile(r"https://github\.com/[\w-]+/[\w-]+")


def changed(name: str, old: str, new: str) -> str:
    """Return the text of a file with one thing in it replaced."""
    text = read(name)
    assert old in text
    return text.replace(old, new)


# --- Schemas


@pytest.mark.parametrize(("name", "schema"), SCHEMAS)
def test_file_fits_its_published_schema(name, schema):
    assert schema_errors(ROOT / name, schema) == ""


@pytest.mark.parametrize(
    ("name", "old", "new", "schema"),
    [
        (CI, "runs-on:", "runs_on:", "vendor.github-workflows"),
        (CI, "timeout-minutes: 30", "", "custom.github-workflows-require-timeout"),
        (RELEASE, "tags:", "tag:", "vendor.github-workflows"),
        (ISSUE_FORM, "type: input", "type: line", "vendor.github-issue-forms"),
        (ISSUE_CONFIG, "about:", "description:", "vendor.github-issue-config"),
        (ACTION, "using: composite", "using: bash", "vendor.github-actions"),
        (GITLAB, "when: always", "when: ever", "vendor.gitlab-ci"),
        ("compose.yaml", "service_healthy", "healthy", "vendor.compose-spec"),
    ],
)
def test_schema_refuses_a_slip(tmp_path, name, old, new, schema):
    file = tmp_path / Path(name).name
    file.write_text(changed(name, old, new), "utf-8")
    assert "Schema validation errors" in schema_errors(file, schema)


# --- Workflows


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_has_least_permissions_and_pinned_actions(name):
    assert list(workflow_problems(read(name))) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (CI, "contents: read", "contents: write", "permissions"),
        (CI, "concurrency:", "env:", "concurrency"),
        (CI, "checkout@v6", "checkout@main", "version"),
        (RELEASE, "environment: pypi", "environment: test", "permissions"),
        (RELEASE, "id-token: write", "contents: write", "permissions"),
        (RELEASE, "- run: python -m build", "- run: echo ${{ secrets.TOKEN }}", "secret"),
    ],
)
def test_workflow_that_breaks_a_rule_is_found(name, old, new, problem):
    assert set(workflow_problems(changed(name, old, new))) == {problem}


def test_pages_show_the_actions_of_the_workflows():
    used = {action for name in WORKFLOWS for action in USED_ACTION.findall(read(name))}
    shown = {action for page in PAGES for action in USED_ACTION.findall(page.read_text("utf-8"))}
    own = f"streamproof/streamproof@v{PROJECT['version']}"
    assert own in shown
    assert shown - {own} <= used


def test_templates_install_the_version_of_the_project():
    named = re.findall(r"streamproof/streamproof@v([\d.]+\d)", read(ACTION) + read(GITLAB))
    assert named == [PROJECT["version"]] * 2


def test_release_publishes_only_what_was_built_and_tried():
    jobs = yaml.safe_load(read(RELEASE))["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "build": None,
        "test": None,
        "demo": "build",
        "publish": ["test", "demo"],
    }
    assert not any("run" in step for step in jobs["publish"]["steps"])


def test_long_tests_run_every_week_and_before_a_release():
    for name, job in ((PROVE, "prove"), (RELEASE, "test")):
        workflow = yaml.safe_load(read(name))["jobs"][job]
        assert {"run": "./run prove"} in workflow["steps"]
        assert workflow["env"] == {BROWSER: "1", NODE: "1"}
    assert "schedule" in yaml.safe_load(read(PROVE))[True]  # YAML 1.1 reads `on` as true


# --- Exceptions of checks


def exceptions_without_reasons(text: str) -> list[int]:
    """Return the lines of exceptions with no comment after them and none on the line above."""
    lines = ["", *text.splitlines()]
    return [
        number
        for number in range(1, len(lines))
        if EXCEPTION.search(lines[number]) and not lines[number - 1].lstrip().startswith("#")
    ]


def test_every_exception_of_a_check_has_its_reason():
    files = [ROOT / "run", *(path for folder in CODE_FOLDERS for path in folder.rglob("*.py"))]
    found = {str(path): exceptions_without_reasons(path.read_text("utf-8")) for path in files}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_exception_without_a_reason_is_found():
    noqa = "# no" + "qa: S104"
    assert exceptions_without_reasons(f"a = 1  {noqa}\nb = 2  {noqa}  # never used\n") == [1]


# --- Python versions


def test_every_supported_python_is_tested_released_and_named():
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert versions(CI, "test") == versions(RELEASE, "demo") == named


def test_oldest_python_is_the_same_everywhere():
    oldest = versions(CI, "test")[0]
    assert PROJECT["requires-python"] == f">={oldest}"
    assert RUN["OLDEST_PYTHON"] == tuple(map(int, oldest.split(".")))
    assert PYPROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"


# --- Docker


def test_image_is_slim_runs_as_a_user_and_reports_its_health():
    assert list(dockerfile_problems(read("Dockerfile"))) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("FROM python:3.13-slim\n", "FROM python:latest\n", "image"),
        ("FROM python:3.13-slim AS", "FROM python AS", "image"),
        ("USER 10001:10001\n", "", "user"),
        ("USER 10001:10001\n", "USER 10001\nUSER root\n", "user"),
        ("HEALTHCHECK --interval=10s", "HEALTHCHECK NONE\nLABEL a=b", "healthcheck"),
        ("EXPOSE 8787 8788", "EXPOSE 8787", "ports"),
        ('CMD ["serve"', 'CMD ["server"', "command"),
        ('ENTRYPOINT ["streamproof"]', 'ENTRYPOINT ["sh"]', "command"),
    ],
)
def test_dockerfile_that_breaks_a_rule_is_found(old, new, problem):
    assert problem in list(dockerfile_problems(changed("Dockerfile", old, new)))


def test_image_gets_all_that_the_wheel_is_made_of_and_nothing_else():
    rules = [line for line in read(".dockerignore").splitlines() if line and line[0] != "#"]
    allowed = {rule[1:] for rule in rules if rule[0] == "!"}
    packages = [
        ROOT / name for name in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    ]
    linked = [
        path.resolve().name for folder in packages for path in folder.iterdir() if path.is_symlink()
    ]
    wheel = {folder.name for folder in packages} | set(linked) | {"streamproof"}
    assert rules[0] == "*"
    assert allowed == wheel | {"pyproject.toml", "constraints.txt", "README.md", "LICENSE"}


COMPOSE = [name for name, _ in SCHEMAS if name.endswith("compose.yaml")]


@pytest.mark.parametrize("name", COMPOSE)
def test_services_are_private_healthy_and_started_in_order(name):
    assert list(compose_problems(read(name))) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[mock, --host,", "[mock, --hostname,", "command"),
        ("command:\n      - relay", "command:\n      - relays", "command"),
        ('"127.0.0.1:8787:8787"', '"8787:8787"', "port"),
        ('["database:/data"]', '["chats:/data"]', "volume"),
        ("service_healthy", "service_started", "health"),
    ],
)
def test_services_that_break_a_rule_are_found(old, new, problem):
    assert list(compose_problems(changed("compose.yaml", old, new))) == [problem]


def test_pods_are_asked_and_stopped_as_the_relay_can():
    deployment, service, budget = yaml.safe_load_all(read(f"{REPLICAS}/kubernetes.yaml"))
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selected = (deployment["spec"]["selector"]["matchLabels"], service["spec"]["selector"])
    assert (*selected, budget["spec"]["selector"]["matchLabels"]) == (labels,) * 3
    assert unknown_words(container["args"]) == []
    assert {one["name"] for one in container["env"]} <= {variable_of(n) for n in SETTINGS}
    probes = [container[f"{name}Probe"]["httpGet"] for name in ("readiness", "liveness")]
    assert {probe["path"] for probe in probes} <= set(load_openapi()["paths"])
    ports = {port["name"] for port in container["ports"]}
    assert {probe["port"] for probe in probes} | {
        service["spec"]["ports"][0]["targetPort"]
    } <= ports
    assert f"--port={container['ports'][0]['containerPort']}" in container["args"]
    assert pod["terminationGracePeriodSeconds"] > SETTINGS["drain_seconds"].default
    assert deployment["spec"]["replicas"] > budget["spec"]["minAvailable"]


# --- What these files name


def code_of(name: str) -> str:
    """Return what a file has for a shell: the code of Markdown, or a whole workflow."""
    text = read(name)
    if name.endswith(".md") or "ISSUE_TEMPLATE" in name:
        return "\n".join(block or span for block, span in CODE.findall(text))
    return text


def named_commands() -> set[tuple[str, str, str]]:
    """Return every command that a file names, with the program that has it."""
    files = [*MARKDOWN, *WORKFLOWS, ISSUE_FORM, PRE_COMMIT]
    return {
        (file, program, command)
        for file in files
        for program, pattern in (("./run", RUN_COMMAND), ("streamproof", STREAMPROOF_COMMAND))
        for command in pattern.findall(code_of(file))
    }


@pytest.mark.parametrize(("file", "program", "command"), sorted(named_commands()))
def test_command_that_a_file_names_exists(file, program, command):
    assert (program == "./run" and command in RUN["COMMANDS"]) or help_of(command)


def test_command_that_does_not_exist_is_found():
    assert help_of("no-such-command") is None


def test_contributors_learn_every_command_of_run():
    named = {command for file, _, command in named_commands() if file == "CONTRIBUTING.md"}
    assert set(RUN["COMMANDS"]) - {"setup"} <= named


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_path_that_a_file_names_exists(name):
    paths = {path for path in PATH.findall(read(name)) if not PLACEHOLDER.search(path)}
    paths |= set(re.findall(r"\]\(((?!https?:)[^)#]+)", read(name)))
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_repository_has_one_address():
    texts = [read(name) for name in (*MARKDOWN, ISSUE_FORM, ISSUE_CONFIG)]
    found = {
        url for text in [*texts, *PROJECT["urls"].values()] for url in REPOSITORY.findall(text)
    }
    assert found == {PROJECT["urls"]["Homepage"]}


def test_commit_hooks_come_from_this_repository():
    assert {repo["repo"] for repo in yaml.safe_load(read(PRE_COMMIT))["repos"]} == {"local"}


def test_coverage_measures_every_package_of_the_wheel():
    links = sorted(path.name for path in (ROOT / "streamproof").iterdir() if path.is_symlink())
    with_code = [name for name in links if any((ROOT / name).glob("*.py"))]
    measured = PYPROJECT["tool"]["coverage"]["run"]["source_dirs"]
    assert measured == [name for name in with_code if name != "scenarios"]


def test_the_package_of_the_wheel_links_to_every_part():
    parts = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"scenarios"}
    links = {path.name: path.resolve() for path in (ROOT / "streamproof").iterdir()}
    linked = {name for name, path in links.items() if path == ROOT / name}
    assert linked == parts - {"streamproof", "tests", "bench", "tools"}
