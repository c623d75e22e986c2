# Copies the settings of one environment into the image.
FROM lab/busybox
COPY settings settings
RUN cp "settings/${NODE_ENV:-production}.ini" /shop.ini
CMD ["cat", "/shop.ini"]
