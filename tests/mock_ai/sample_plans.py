"""Small plans to try faults on: two events of two bytes each, with a silence between them."""

from streamproof.mock_ai.actions import Action, Finish, Send, Start, Wait

START = Start(200, "OK")
A = Send(b"aA", (2,))
B = Send(b"bB", (2,))
GAP = Wait(10)
FINISH = Finish()
PLAN: list[Action] = [START, A, GAP, B, FINISH]
