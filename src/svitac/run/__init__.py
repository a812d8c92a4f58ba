"""The pipeline: plan who reads what, read it in limited workers, check it, write the result folder."""
