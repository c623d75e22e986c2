# The one who is named is greeted.
case "$(sh greet.sh Ada)" in
    "Good morning, Ada "*) ;;
    *) exit 1 ;;
esac
