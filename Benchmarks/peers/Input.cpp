// Lines to events, with simdjson's On-Demand interface; every member that the job needs is read in one pass.
#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <simdjson.h>

#include "Job.h"

using namespace simdjson;

struct Input::Parser {
  ondemand::parser json;
};

Input::Input(const char* path) : file(open(path, O_RDONLY)), parser(new Parser) {
  if (file < 0) {
    perror(path);
    exit(1);
  }
}

Input::~Input() {
  close(file);
  delete parser;
}

/// `2024-05-17T20:43:08.802Z` in milliseconds since 1970.
static int64_t milliseconds(std::string_view text) {
  auto number = [&](size_t from, size_t count) {
    int64_t value = 0;
    for (size_t i = from; i < from + count; i++) value = value * 10 + (text[i] - '0');
    return value;
  };
  int64_t y = number(0, 4), m = number(5, 2), d = number(8, 2);
  y -= m <= 2;
  int64_t era = y / 400, yoe = y - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
  return ((days * 24 + number(11, 2)) * 60 + number(14, 2)) * 60'000 + number(17, 2) * 1000 + number(20, 3);
}

/// Copies a text to where it lives as long as the batch.
static std::string_view keep(std::string& texts, ondemand::value value) {
  std::string_view text;
  if (value.get_string().get(text)) return {};
  size_t start = texts.size();
  texts.append(text);  // never grows: the batch's lines are longer
  return std::string_view(texts).substr(start);
}

static void parseTraits(ondemand::object traits, Event& event, std::string& texts, bool all) {
  for (auto field : traits) {
    std::string_view key = field.unescaped_key();
    if (key == "email") event.trait = keep(texts, field.value());
    else if (all && key == "plan") event.plan = keep(texts, field.value());
    else if (all && key == "firstName") event.firstName = keep(texts, field.value());
    else if (all && key == "address") {
      ondemand::object address;
      ondemand::value city;
      if (!field.value().get_object().get(address) && !address.find_field_unordered("city").get(city))
        event.city = keep(texts, city);
    }
  }
}

static void parseProperties(ondemand::object properties, Event& event, std::string& texts) {
  for (auto field : properties) {
    std::string_view key = field.unescaped_key();
    double number;
    if (key == "category") event.category = keep(texts, field.value());
    else if (key == "currency") event.currency = keep(texts, field.value());
    else if (key == "revenue" && !field.value().get_double().get(number)) event.cents = llround(number * 100);
  }
}

static Event parse(ondemand::parser& parser, padded_string_view line, std::string& texts) {
  Event event;
  event.line = line;
  auto document = parser.iterate(line).value();
  std::string_view type, name;
  for (auto field : document.get_object()) {
    std::string_view key = field.unescaped_key();
    if (key == "type") type = keep(texts, field.value());
    else if (key == "event") name = keep(texts, field.value());
    else if (key == "messageId") event.message = keep(texts, field.value());
    else if (key == "userId") event.identifiers.push_back("u" + std::string(std::string_view(field.value())));
    else if (key == "anonymousId") event.identifiers.push_back("a" + std::string(std::string_view(field.value())));
    else if (key == "timestamp") event.time = milliseconds(std::string_view(field.value()));
    else if (key == "traits" && type != "group") parseTraits(field.value(), event, texts, type == "identify");
    else if (key == "properties") parseProperties(field.value(), event, texts);
    else if (key == "context") {
      ondemand::object traits;
      if (!field.value().find_field_unordered("traits").get_object().get(traits))
        parseTraits(traits, event, texts, false);
    }
  }
  if (type == "identify") event.kind = Event::identify;
  else if (type == "track" && name == "Product Viewed") event.kind = Event::viewed;
  else if (type == "track" && name == "Order Completed") event.kind = Event::ordered;
  if (!event.trait.empty()) event.identifiers.push_back("e" + std::string(event.trait));
  return event;
}

Batch Input::next(size_t count) {
  Batch batch;
  size_t end = 0, lines = 0;
  while (true) {
    for (size_t at; lines < count && (at = rest.find('\n', end)) != std::string::npos; lines++) end = at + 1;
    if (lines == count) break;
    size_t size = rest.size();
    rest.resize(size + (4 << 20));
    ssize_t got = read(file, rest.data() + size, 4 << 20);
    rest.resize(size + (got > 0 ? got : 0));
    if (got <= 0) break;
  }
  batch.lines.reserve(end + SIMDJSON_PADDING);
  batch.lines.assign(rest, 0, end);
  rest.erase(0, end);
  batch.texts.reserve(batch.lines.size());
  batch.events.reserve(lines);
  for (size_t start = 0; start < batch.lines.size();) {
    size_t stop = batch.lines.find('\n', start);
    padded_string_view line(
        batch.lines.data() + start, stop - start, batch.lines.capacity() - start);
    batch.events.push_back(parse(parser->json, line, batch.texts));
    start = stop + 1;
  }
  return batch;
}
