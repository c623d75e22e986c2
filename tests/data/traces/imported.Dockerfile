FROM lab/busybox AS numbers
RUN seq 100000 > /numbers

FROM numbers AS sums
RUN wc -l /numbers
