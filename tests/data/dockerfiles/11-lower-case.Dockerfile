
# A comment, and an empty line first

from lab/busybox as a
run echo \
   FROM x AS y
# from lab/busybox as commented
	From a As c
copy --from=a --chown=0:0 --link ["/a b", "/c d"]
add --keep-git-dir=true https://localhost/x.git /x
healthcheck --interval=5s cmd true
onbuild copy --from=nowhere /x /x
