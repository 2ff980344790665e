"""Who receives the newsletter, and how they sign up."""
