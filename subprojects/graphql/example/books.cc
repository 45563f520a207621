// SPDX-License-Identifier: MIT

// A library's books over GraphQL: the schema, the classes behind it, one request from the command
// line.
//   ./books '{ books(first: 2) { title author { name } } }'

#include "graphql/graphql.h"

#include <iostream>
#include <map>

namespace {

using graphql::Args;
using graphql::Context;
using graphql::Expected;
using graphql::Failure;
using graphql::Value;
using graphql::Writer;

constexpr const char* kSchema = R"(
  scalar Date
  type Author { name: String!, born: Date }
  type Book { id: ID!, title: String!, pages: Int, author: Author! }
  type BookList { items: [Book!]!, count: Int }
  type Query {
    "All books in order of their titles."
    books(first: Int = 10): BookList!
    book(id: ID!): Book
  }
  type Mutation { rename(id: ID!, title: String!): Book }
)";

// The host's own classes know nothing of GraphQL.
struct Date {
  int year, month, day;
};
struct Author {
  std::string name;
  std::optional<Date> born;
};
struct Book {
  int id;
  std::string title;
  std::optional<int> pages;
  int author;
};
struct BookList {
  std::vector<const Book*> items;
  std::optional<std::size_t> count;
};
struct Shop {
  std::map<int, Author> authors{{1, {"Ursula K. Le Guin", Date{1929, 10, 21}}}, {2, {"Homer", {}}}};
  std::vector<Book> books{{1, "A Wizard of Earthsea", 205, 1}, {2, "Odyssey", {}, 2}};

  Book* find(std::string_view id) {
    for (Book& book : books) {
      if (std::to_string(book.id) == id) return &book;
    }
    return nullptr;
  }
};
struct Query {};
struct Mutation {};

graphql::Binder bindings() {
  graphql::Binder binder;
  // A scalar writes its own bytes.
  binder.scalar("Date").output<Date>([](const Date& date, Writer& out) {
    out.string(std::to_string(date.year) + "-" + std::to_string(date.month) + "-" +
               std::to_string(date.day));
  });
  // Members are bound by pointer.
  binder.type<Author>("Author").field("name", &Author::name).field("born", &Author::born);
  binder.type<BookList>("BookList")
      .field("items", &BookList::items)
      .field("count", [](const BookList& list) -> std::optional<int> {
        if (!list.count) return std::nullopt;
        return static_cast<int>(*list.count);
      });
  // All authors of a list of books are looked up in one call.
  binder.type<Book>("Book")
      .field("id", &Book::id)
      .field("title", &Book::title)
      .field("pages", &Book::pages)
      .batch("author", [](std::span<const Book* const> books, const Args&, const Context& context) {
        const Shop& shop = context.host<Shop>();
        std::vector<const Author*> authors;
        for (const Book* book : books) authors.push_back(&shop.authors.at(book->author));
        return authors;
      });
  binder.type<Query>("Query")
      .field("books",
             [](const Query&, const Args& args, const Context& context) -> Expected<BookList> {
               const auto first = args.get<std::optional<int>>("first").value_or(10);
               if (first < 0) return Failure{"first must not be negative", "BAD_USER_INPUT"};
               BookList list;
               const auto& books = context.host<Shop>().books;
               for (const Book& book : books) {
                 if (list.items.size() < static_cast<std::size_t>(first))
                   list.items.push_back(&book);
               }
               // What nobody asks for is not computed.
               if (context.selects("count")) list.count = books.size();
               return list;
             })
      .field("book", [](const Query&, const Args& args, const Context& context) -> const Book* {
        return context.host<Shop>().find(args.get<std::string_view>("id"));
      });
  binder.type<Mutation>("Mutation")
      .field("rename",
             [](const Mutation&, const Args& args, const Context& context) -> const Book* {
               Book* book = context.host<Shop>().find(args.get<std::string_view>("id"));
               if (book != nullptr) book->title = args.get<std::string>("title");
               return book;
             });
  binder.list_size("Query", "books", {.argument = "first", .fallback = 10, .most = 1000});
  return binder;
}

}  // namespace

int main(int argc, char** argv) {
  auto schema = graphql::Schema::parse(kSchema);
  if (!schema) return std::cerr << schema.error().front().message << "\n", 1;
  auto engine = graphql::Engine::make(*schema, bindings());
  if (!engine) return std::cerr << engine.error().front().message << "\n", 1;

  Shop shop;
  const Query query;
  const Mutation mutation;
  graphql::Request request;
  request.query =
      argc > 1 ? argv[1] : "{ books { count items { id title author { name born } } } }";
  if (argc > 2) request.variables_json = argv[2];
  request.add_root(query).add_root(mutation).set_host(shop);
  std::cout << (*engine)->execute(request).body << "\n";
}
