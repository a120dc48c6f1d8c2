"""What runs beside the server and outlives it: the supervisor of one attempt, and the zygote that forks warm ones.

Standard library only, Python >= 3.9, and no import from dh_jupyter: any interpreter runs this folder by its path
(`python DETACHED supervise|zygote`, the order as JSON on stdin), also one that has nothing of ours installed.
"""
