// An address that is no screen.
import { Button } from "@mantine/core";
import { Link } from "wouter";
import { Empty } from "../../components/Notice";
import { useWords } from "../../words/words";
import { homeWords } from "./homeWords";

export default function Nowhere() {
  const say = useWords(homeWords);
  return (
    <Empty title={say.nowhere}>
      <p>{say.nowhereHelp}</p>
      <Button component={Link} href="/">
        {say.back}
      </Button>
    </Empty>
  );
}
