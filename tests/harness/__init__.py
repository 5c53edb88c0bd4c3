"""Tests of the harness: each file has the name of the module, or of the folder, that it tests.

These have no test file of their own:

- checking/naming: cli/commands/test_check.py, test_streams.py
- checking/case_runner, checking/whole_run: cli/test_reported_run.py
- checking/check, cli/explanations: cli/commands/test_explain.py
- cli/arguments/backend: cli/commands/test_init.py
- cli/arguments/masks: cli/commands/test_record.py
- cli/arguments/misses: cli/commands/test_mock.py
- cli/arguments/dialects, cli/arguments/reply: cli/commands/test_plan.py
- cli/arguments/fuzzing: cli/commands/test_verify_relay.py
- cli/arguments/request: cli/commands/test_check.py
- cli/arguments/scenarios: cli/commands/test_verify_relay.py
- cli/commands/import_: cli/commands/test_record.py
- cli/commands/new, cli/commands/show: cli/commands/test_scenarios.py
- cli/commands/verify: cli/commands/test_verify_ai.py, cli/commands/test_verify_relay.py
- cli/request_lines: cli/commands/test_mock.py
- cli/project, exit_codes: cli/test_main.py
- doctor/advice: cli/commands/test_doctor.py
- doctor/: doctor/test_findings.py, doctor/test_nginx.py, doctor/test_vite.py
- every module: cli/test_printed_commands.py, cli/test_windows.py
- fuzzing/: fuzzing/test_drawing.py, fuzzing/test_run.py
- shrinking/: cli/commands/test_shrink.py
- http/capture: http/test_reading.py
- http/json_request: verify/stored/test_readers.py, verify/targets/test_rooms.py
- pytest_plugin/: pytest_plugin/test_plugin.py, pytest_plugin/test_other_plugins.py
- reliability/: reliability/test_run.py
- reports/formats: reports/test_destinations.py
- reports/html/shapes: reports/html/test_drawing.py
- reports/html/template: reports/html/test_page.py
- verify/scenario_text, verify/mock: verify/test_timeline.py
- reports/: reports/test_reports.py
- serving/: serving/test_frontend_docs.py
- verify/ai, verify/checks/service: verify/checks/test_service_checks.py
- verify/: verify/checks/test_relay_checks.py, verify/test_all_scenarios.py
- verify/probing/: cli/commands/test_init.py
- verify/profiles/: ../agreement/test_foreign_backends.py
- verify/sessions/: verify/sessions/test_sessions.py
- verify/settings/mistakes, verify/settings/model: verify/settings/test_loading.py
- cli/verify_client: cli/commands/test_verify_client.py
- verify/clients/, verify/clients/checks/: verify/clients/test_client_checks.py
- verify/checks/: verify/checks/test_relay_checks.py
- verify/stored/: verify/stored/test_readers.py
- verify/targets/: verify/test_all_scenarios.py
- ../docs/ci.md: cli/test_ci_docs.py, cli/test_ci_walk.py
- ../docs/pytest.md: pytest_plugin/test_page.py
"""
