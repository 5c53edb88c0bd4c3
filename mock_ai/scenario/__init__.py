"""The scenario file as values: steps, rules, templates, paces, expectations, diagnostics."""
