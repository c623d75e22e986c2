# Without a name the world is greeted.
case "$(sh greet.sh)" in
    "Good morning, world "*) ;;
    *) exit 1 ;;
esac
