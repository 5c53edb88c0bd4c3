"""What an attacker tries, and what the relay does. Each line has tests with the mark `security`.

Citations: ASVS is OWASP ASVS 5.0, LLM is the OWASP Top 10 for LLM applications 2025.

- 1: `alg: none`, keys of another kind, keys in the header of a token (ASVS 9.1)
- 2: missing claims, tokens for others, tokens before their time (ASVS 9.2)
- 3: a token that expires in the middle of a stream (ASVS 8.3.2)
- 4: rooms, turns and frames of another user (ASVS 8.2.2, 8.3.1)
- 5: a room that changes its owner between the check and the question (ASVS 15.4.2)
- 6: requests that another site causes, with the cookie of the user (ASVS 3.5)
- 7: tokens in URLs (ASVS 16.2.5)
- 8: pages of other origins that read responses (ASVS 3.4.2)
- 9: text of the AI service that becomes frames of its own (ASVS 1.2.1)
- 10: Markdown that becomes scripts, images or forged links (ASVS 1.3.1, LLM05)
- 11: an answer whose rendering makes others wait (ASVS 15.2.2)
- 12: requests of any size, shape or charset (ASVS 2.2.1, 15.2.2)
- 13: half-sent heads, slow bodies, many connections (ASVS 15.2.2)
- 14: browsers that do not read, and too many of them (LLM10)
- 15: an AI service that sends without end (LLM10)
- 16: costs: many questions, repeated questions, answers that cannot be stopped (ASVS 2.4.1)
- 17: requests of the relay to other servers (ASVS 1.3.6)
- 18: requests that forge lines of the log (ASVS 16.4.1)
- 19: secrets and conversations in the log (ASVS 16.2.5, LLM02)
- 20: internal details in responses (ASVS 16.5.1)
- 21: sources of the AI service that change or show the knowledge of another user (LLM01, LLM08)
- 22: form fields that name columns (ASVS 15.3.3)
- 23: responses without security headers (ASVS 3.4)
"""
