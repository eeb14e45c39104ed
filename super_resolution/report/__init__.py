"""30-evaluate.py, the report for a person: tables, figures and the listening page.

In: an evaluated track (`evaluation`). Out: data/<track>/report/.
"""
