"""What a file at another rate holds is kept, and only what is missing is added.

Where a file ends, the crossover there, and the level of what comes above it.
"""
