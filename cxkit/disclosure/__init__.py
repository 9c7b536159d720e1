"""Small groups stay hidden: what is hidden itself, and what would give it away."""
