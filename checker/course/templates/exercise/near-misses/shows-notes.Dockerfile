# In the right order, and the command forgets the dictionary.
FROM lab/busybox
WORKDIR /app
COPY make-dictionary.sh .
RUN sh make-dictionary.sh
COPY notes notes
CMD ["cat", "notes/today.txt"]
