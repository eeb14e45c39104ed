"""30-evaluate.py, what a person sees: tables, figures and the listening page.

An evaluated track comes in; data/<track>/report/ is written.
"""
