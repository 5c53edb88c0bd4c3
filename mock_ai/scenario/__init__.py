"""The scenario file as values: steps, rules, texts and times, built from checked YAML."""
