// Takes the events of lambda-front, with the settings of template.yaml. Each field is a list of decoded values.
export const handler = async ({ requestId, time, fields }) => {
  const text = (name) => fields[name]?.[0] ?? "";
  const message = {
    id: requestId,
    time,
    name: text("name"),
    email: text("email"),
    message: text("message"),
    topics: fields.topic ?? [],
  };
  // Store it or pass it on here. If you throw an error, Lambda calls again, at most twice.
  console.log(`form ${requestId}: ${Object.keys(fields).length} fields`);
  return message;
};
