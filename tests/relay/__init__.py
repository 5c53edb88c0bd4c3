"""Tests of the relay: each file has the name of the module, or of the folder, that it tests.

These modules have no test file of their own:

- anomalies, frames, lifecycle: test_turn.py
- cors: test_app.py
- app: security/test_owners.py, security/test_table.py
- dependencies, failpoints: test_app.py, test_service.py
- every module: security/test_hostile_ai.py, security/test_logs.py, test_full_disk.py
- exposition: test_metrics.py
- prisma/: prisma/test_fitting.py, prisma/test_language.py, prisma/test_side_by_side.py
- json_views, paging, storage/conversations: test_routes_history.py
- loop_turns: log/test_flusher.py
- log/: log/test_conformance.py, log/test_state_machine.py
- log/moves: log/test_moves.py, log/test_left_frames.py
- log/sqlite: log/test_sqlite.py, log/test_posting.py
- reception, storage/checkpoints: log/test_conformance.py, test_turn_store.py
- reply: upstream/
- retries: upstream/test_attempts.py
- migrating: ../harness/cli/commands/test_migrate.py
- request_ids, responses: test_app.py
- setting_checks: test_settings.py
- storage/legible: storage/test_pages.py
- storage/readiness: test_app.py
- storage/sqlite_connections: storage/test_sqlite.py
- storage/bounded_connection: storage/test_postgres_silence.py
- storage/postgres_connections: storage/test_postgres.py, test_pooler.py
- storage/transaction: storage/test_sqlite.py, storage/test_postgres.py
- storage/address: storage/test_schema.py
- storage/live_tables: storage/test_schema.py, storage/test_postgres_schema.py
- log/listener: log/test_postgres.py
- token_keys: test_auth.py
- storage/migrations/, storage/migrations/versions/, storage/tables: storage/test_schema.py
- storage/turn_rows: test_turn_store.py
- storage/turn_states: test_routes_stop.py
- ownership: test_replicas.py, test_replica_processes.py
- storage/leases: log/test_postgres.py, test_replicas.py
- turn_ender: test_service.py, test_turn_store.py, test_replicas.py
- turn_runner: test_service.py, test_turn_store.py, test_kill.py
"""
