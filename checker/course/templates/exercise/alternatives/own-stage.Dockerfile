# The dictionary has a stage that never sees a note.
FROM lab/busybox AS dictionary
COPY make-dictionary.sh /work/
RUN cd /work && sh make-dictionary.sh

FROM lab/busybox
COPY notes /notes
COPY --from=dictionary /work/dictionary.txt /
CMD cat /notes/* /dictionary.txt
