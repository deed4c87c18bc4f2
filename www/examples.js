// Example bodies. The template loses or breaks something in most of them.
export const EXAMPLES = [
  {
    name: "Contact form",
    body: "name=Ada+Lovelace&topic=engine&topic=notes&token=YWRhQA==&message=Is+it+%22ready%22%3F",
  },
  { name: "A \\ that breaks", body: "name=Ada&folder=C:\\Users\\ada&message=Hello" },
  { name: "A lone =", body: "name=Ada&=&message=Hello" },
  { name: "A checkbox twice", body: "size=M&extra=milk&extra=sugar&extra=cinnamon" },
  { name: "JSON in a field", body: 'id=7&payload={"text":"He said \\"hi\\"","path":"C:\\\\new"}' },
  { name: "A \\ that changes", body: "from=C:\\new\\table&to=\\\\server\\backup" },
  {
    name: "Japanese",
    body: "名前=山田太郎&趣味=読書&趣味=音楽&本文=%E3%81%93%E3%82%93%E3%81%AB%E3%81%A1%E3%81%AF",
  },
  {
    name: "Slack command",
    body:
      "team_id=T0001&team_domain=example&channel_id=C0042&channel_name=general&user_id=U0007&user_name=ada" +
      "&command=%2Fweather&text=London+tomorrow&response_url=https%3A%2F%2Fhooks.example.com%2Fcommands%2F1%2F2",
  },
];
