# Stands for the slow part of a suite.
sleep 0.8
