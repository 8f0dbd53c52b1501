export default async function () {
  return (await fetch("https://weather.example")).json();
}
