"""A request and its reply: what is asked, which scenario answers, who may read it."""
