// Time, definitions and identity rules over HTTP.

import Activation
import Bytes
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import Profiles
import Storage

extension AdminRoutes {
  /// Adds the routes of time, definitions and identity rules.
  func addDefinitions(to router: Router<ServerContext>) {
    router.post("v1/ticks") { request, context in
      let asked: TickQuestion = try await question(request, context)
      return try Response(
        answer: try await change { (store) throws(StoreError) in try store.tick(to: asked.at) })
    }
    router.post("v1/definitions") { request, context in
      let asked: DefinitionsQuestion = try await question(request, context)
      let texts: [DefinitionText]
      do throws(DefinitionError) { texts = try Self.definitions(asked.files) } catch {
        throw ServerError(error)
      }
      return Response.working { report in
        AppliedDefinitions(try await apply(texts, prune: asked.prune, report))
      }
    }
    router.put("v1/identity/rules") { request, context in
      let asked: RulesQuestion = try await question(request, context)
      let rules: IdentityRules
      do throws(DefinitionError) {
        rules = try IdentityRulesFile.read(asked.text, file: asked.file)
      } catch {
        throw ServerError(error)
      }
      return Response.working { report in
        try await change { (store) throws(StoreError) in
          try AppliedRules(rules, to: store) { report(WorkProgress($0)) }
        }
      }
    }
  }

  private static func definitions(
    _ files: [DefinitionsQuestion.File]
  ) throws(DefinitionError) -> [DefinitionText] {
    var texts: [DefinitionText] = []
    for file in files { texts += try DefinitionFile.read(file.text, file: file.file) }
    return texts
  }

  /// How often it is seen whether the history has been read, in milliseconds.
  private static let watchMilliseconds = 50

  /// Applies definitions while events come in.
  private func apply(
    _ texts: [DefinitionText], prune: Bool, _ report: @Sendable (WorkProgress) -> Void
  ) async throws -> DefinitionChanges {
    let begun = try await change { (store) throws(StoreError) in
      Result { () throws(ApplyError) in try store.beginApplying(texts, prune: prune) }
    }
    let job: DefinitionBackfill
    do throws(ApplyError) { job = try begun.get() } catch { throw ServerError(error) }
    do {
      while true {
        switch job.status {
        case .published(let changes):
          // What is parsed from here on is matched with them at once.
          try await change { (_) throws(StoreError) in }
          return changes
        case .failed(let error): throw ServerError(error)
        case .ready:
          try await change { (store) throws(StoreError) in store.publishFinishedBackfill() }
        case .scanning: try await Task.sleep(for: .milliseconds(Self.watchMilliseconds))
        }
        report(WorkProgress(job.progress))
      }
    } catch {
      // Nobody waits for them any more, or the store has failed; what is published stays.
      job.cancel()
      throw error
    }
  }
}

extension ServerError {
  /// What a wrong definition is over HTTP.
  init(_ error: DefinitionError) {
    self.init(
      .badRequest, "wrong_definition",
      "\(error.file):\(error.line):\(error.column): \(error.message); nothing was applied; correct the "
        + "file and run this again")
  }

  /// What refused definitions are over HTTP.
  init(_ error: ApplyError) {
    switch error {
    case .definition(let error): self.init(error)
    case .store(let error): self.init(forOwner: .store(error))
    case .backfill(let refusal):
      self.init(.conflict, "not_applied", refusal.explanation)
    }
  }
}
