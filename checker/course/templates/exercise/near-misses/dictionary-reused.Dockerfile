# The script comes in alone, and the notes still stand above the line that runs it.
FROM lab/busybox
WORKDIR /app
COPY make-dictionary.sh .
COPY notes notes
RUN sh make-dictionary.sh
CMD ["sh", "-c", "cat notes/*.txt dictionary.txt"]
