"""What the relay stores: tables, migrations, transactions and queries."""
