// Example bodies. The first equals the body that the page's own form posts unless you change it.
export const EXAMPLES = [
  {
    name: "Contact form",
    body: "name=Ada+Lovelace&email=ada%40example.com&topic=engine&topic=notes&message=Is+it+%22ready%22%3F",
  },
  {
    name: "Slack slash command",
    body:
      "team_id=T0001&team_domain=example&channel_id=C0042&channel_name=general&user_id=U0007&user_name=ada" +
      "&command=%2Fweather&text=London+tomorrow&response_url=https%3A%2F%2Fhooks.example.com%2Fcommands%2F1%2F2",
  },
  {
    name: "Payment notification",
    body:
      "payment_status=Completed&txn_id=5TX0042&mc_gross=19.95&mc_currency=EUR&payer_email=ada%40example.com" +
      "&item_name=Teapot%2C+blue&custom=&charset=utf-8",
  },
  {
    name: "Japanese text, raw and percent-encoded",
    body: "名前=山田太郎&件名=お問い合わせ&本文=%E3%81%93%E3%82%93%E3%81%AB%E3%81%A1%E3%81%AF",
  },
  { name: "Fields that are dropped", body: "name=Ada&newsletter&next=/search?q=tea&=orphan&&note=" },
  { name: "A lone = (the template fails)", body: "name=Ada&=&message=Hello" },
  { name: "Backslashes (the template breaks the JSON)", body: 'path=C:\\new\\u0041&said="yes"&last=\\' },
];
