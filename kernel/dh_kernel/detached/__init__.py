"""What runs beside the server and outlives it: the supervisor of one attempt, and the zygote that forks warm ones.
A pod has the supervisor, too.

Standard library only, Python >= 3.9, and no import but of ourselves: any interpreter runs this folder by its path
(`python DETACHED supervise|zygote`, the order as JSON on stdin), also one that has nothing of ours installed.
"""
