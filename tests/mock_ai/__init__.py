"""Tests of the mock: each file has the name of the module, or of the folder, that it tests.

These have no test file of their own:

- actions/event_faults: faults/test_corrupt.py, faults/test_duplicate.py
- actions/event_text: faults/test_corrupt.py, faults/test_rename.py
- actions/headers: planning/test_response_options.py
- actions/: actions/test_actions.py
- clock, playing/exact_clock: playing/test_clocks.py
- control/runs: control/test_choosing.py
- control/: control/test_document.py, control/test_inspecting.py
- dialects/dialect, dialects/output, dialects/tokens: dialects/test_rendering.py
- dialects/provider_errors: faults/test_refuse.py
- dialects/: dialects/test_catalogue.py
- dialects/openai_shared: dialects/test_openai_chat.py
- every module: test_public_names.py
- exclusive_keys: scenario/test_rules.py, faults/test_split.py
- faults/: faults/test_catalogue.py, faults/test_properties.py
- journal/timeline: control/test_inspecting.py, test_embedded.py
- library/dry_run: library/test_loading.py
- library/parts: ../harness/cli/commands/test_lint.py
- library/registry: control/test_scenarios.py
- planning/charset: planning/test_response_options.py
- planning/dialect_of_reply: planning/test_script_cache.py
- planning/encode_steps, planning/encoded_step: planning/test_plan.py, planning/test_chunk_step.py
- planning/gzip: planning/test_gzip.py, planning/test_response_options.py
- planning/plan: planning/test_resuming.py, planning/test_times.py
- playing/live: control/test_streams.py, playing/test_endings.py
- recording/curl_dump, recording/har: recording/test_importing.py
- recording/exchange, recording/target: recording/test_proxy.py, recording/test_recorder.py
- recording/secret_names, recording/secret_values: recording/test_masking.py
- recording/step_lines, recording/steps: recording/test_scenario_text.py
- recording/: recording/test_record_foreign.py, recording/test_record_pack.py
- request/codings: request/test_codings.py, serving/test_codings.py
- request/message_parts: request/test_conversation.py
- request/providers: request/test_providers.py, serving/test_paths.py
- scenario/pace: planning/test_pacing.py
- scenario/: library/test_loading.py, scenario/test_page.py, test_any_scenario.py
- scenario/impossible_values: scenario/test_impossible_rules.py
- scenario/building: serving/test_turns.py
- serving/aiohttp_path: serving/test_fast_path.py
- scenario/step_types: scenario/test_model.py
- serving/middleware: test_app.py
- serving/answer: serving/test_answer.py, serving/test_choice.py, serving/test_dialects.py
- serving/refusal, serving/reply_head: serving/test_answer.py, test_app.py
- serving/cors, serving/state: test_app.py
- serving/requested_fault: serving/test_overrides.py
- ../docs/scenarios.md: scenario/test_page.py
- ../scenarios/scenario.schema.json: scenario/test_scenario_schema.py
"""
