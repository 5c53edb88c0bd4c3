"""Tests of the contracts: each file has the name of the module that it tests.

These have no test file of their own:

- addresses: ../harness/http/test_server.py
- event_checks: test_checker_ai_service.py, test_dialects.py
- every module: test_import_cycles.py, test_public_names.py
- openapi/: test_openapi.py
- pattern: test_sequence.py
- rules, transcript, verdict: test_checker_ai_service.py
- schemas/, streams/: test_dialects.py
- source/caret: source/test_errors.py
- source/scalars: source/test_yaml_text.py
- source/toml_text: ../harness/verify/settings/test_loading.py
- ts/: test_typescript.py
- ../docs/contracts.md: test_docs.py
"""
