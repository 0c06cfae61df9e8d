"""Scripts that run a model's library in a process of their own, in any Python that has it; they import none of ours."""
