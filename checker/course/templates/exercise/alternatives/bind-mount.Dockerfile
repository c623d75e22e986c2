# The script is lent to the one instruction that runs it.
FROM lab/busybox
WORKDIR /book
RUN --mount=type=bind,source=make-dictionary.sh,target=make.sh sh make.sh
COPY notes/today.txt .
CMD ["cat", "today.txt", "dictionary.txt"]
