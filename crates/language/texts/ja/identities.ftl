# アカウントと連携している、ほかの場所のアカウント。
identity-nav = 連携しているアカウント
identity-title = 連携しているアカウント
identity-lead = ここであなたを表す、ほかの場所のアカウントです。それを保証する者は、あなたを保証することになります。
identity-none = 連携しているほかの場所のアカウントはありません。
identity-since = { $day } に連携しました。
identity-used = 最後の使用: { $day }。
identity-unlink = 連携を解除
identity-note-unlinked = 連携を解除しました。
identity-last = これが唯一のサインイン方法です。先にメールアドレスやパスキーなど、別の方法を追加してください。何も変更されていません。
