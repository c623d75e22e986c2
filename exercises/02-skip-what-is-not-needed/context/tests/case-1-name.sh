# With a name, the program greets that person.
case "$(sh greet.sh Ada)" in
    "Good morning, Ada "*) ;;
    *) exit 1 ;;
esac
