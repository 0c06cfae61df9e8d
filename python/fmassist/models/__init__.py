"""Foundation models behind one interface; none of them trusted."""
