import ArgumentParser

struct Deploy: AsyncParsableCommand {
    func run() async throws {}
}
