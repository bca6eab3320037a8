account-nav = アカウント
account-nav-overview = 概要
account-nav-profile = プロフィール
account-nav-password = パスワード
account-nav-security = 2 段階認証
account-nav-sessions = 端末
account-nav-applications = アプリケーション
account-nav-activity = 履歴
account-nav-language = 言語
account-nav-data = あなたのデータ
account-error = エラー:
account-save = 保存
account-signed-in-as = { $name } としてサインインしています
account-switch = 別のアカウントを使う
account-sign-out = サインアウト
account-note-switched = このブラウザーで別のアカウントが使われるようになったか、サインインし直されました。何も変更されていません。もう一度ページを確認してください。
account-note-ended = サインアウトしました。
account-note-saved = 保存しました。
account-note-password = 今後は新しいパスワードが有効です。
account-note-revoked = アプリケーションのアクセスを取り消しました。

account-overview-title = アカウント
account-username = ユーザー名
account-email = メールアドレス
account-email-verified = 確認済み
account-email-unverified = 未確認
account-email-none = なし
account-since = アカウント作成日
account-factors-none = アカウントはサインインに使う情報だけで保護されています。2 段階認証を使うと、パスワードが盗まれただけではあなたとしてサインインできなくなります。
account-factors =
    { $count ->
       *[other] 認証アプリが { $count } 個登録されています。
    }
account-passkeys =
    { $count ->
       *[other] パスキーが { $count } 個登録されています。
    }
account-codes-left =
    { $count ->
        [0] リカバリーコードの残りはありません。
       *[other] リカバリーコードの残りは { $count } 個です。
    }
account-codes-few = アプリが手元にないときにサインインできなくならないよう、新しいコードを作成してください。
account-look-after-factors = 2 段階認証を管理する
account-sessions-count =
    { $count ->
       *[other] { $count } 個のブラウザーでサインインしています。
    }
account-sessions-look = 場所を見る

account-sessions-title = サインイン中の端末
account-sessions-lead = 各行は、サインインしているブラウザーです。心当たりのないものがあれば、サインアウトさせ、パスワードを変更してください。
account-browser-on = { $system } の { $browser }
account-browser = { $name }
account-browser-unknown-on = { $system } のブラウザー
account-browser-unknown = ブラウザー
account-session-this = このブラウザー
account-session-address = ネットワークアドレス { $address }
account-session-opened = サインイン日時 { $time }。
account-session-used = 最終使用日時 { $time }。
account-session-end = サインアウト
account-sessions-end-others = ほかのすべての場所でサインアウト
account-sessions-fine = アプリケーションには、通知を希望している場合は直ちに、そうでない場合は次に問い合わせてきたときに伝わります。ブラウザーの名前は、ブラウザー自身が名乗ったものです。

account-profile-title = プロフィール
account-profile-lead = プロフィールの閲覧を許可したアプリケーションには、ここに書かれている内容が見えます。
account-profile-none = ここで変更できるプロフィール項目はありません。
account-profile-name = 氏名
account-profile-given-name = 名
account-profile-family-name = 姓
account-profile-middle-name = ミドルネーム
account-profile-nickname = ニックネーム
account-profile-phone-number = 電話番号
account-profile-phone-number-hint = +81 3 1234 5678 のように国番号を付けてください。
account-profile-birthdate = 生年月日
account-profile-birthdate-hint = 1990-12-31 のような年月日、または年だけを入力してください。
account-profile-gender = 性別
account-profile-address = 住所
account-profile-zoneinfo = タイムゾーン
account-profile-zoneinfo-hint = Asia/Tokyo のような名前です。
account-profile-picture = あなたの写真のアドレス
account-profile-profile = プロフィールページのアドレス
account-profile-website = ウェブサイトのアドレス
account-profile-uri-hint = https:// で始まります
account-profile-wrong = 正しくない項目があるため、何も保存されませんでした:
account-profile-wrong-text = 長すぎるか、表示できない文字が含まれています。
account-profile-wrong-birthdate = これは日付ではありません。1990-12-31 のように年月日を入力してください。
account-profile-wrong-phone-number = これは国番号の付いた電話番号ではありません。+81 3 1234 5678 のように入力してください。
account-profile-wrong-uri = これはウェブのアドレスではありません。https:// で始まり、空白を含まない形で入力してください。
account-profile-wrong-zoneinfo = これはタイムゾーンの名前ではありません。Asia/Tokyo のように入力してください。
account-profile-wrong-locale = これは言語ではありません。

account-language-title = 言語
account-language-lead = ページやメールで使う言語を選びます。
account-language-of-browser = ブラウザーの言語

account-applications-title = アクセスできるアプリケーション
account-applications-lead = どのアプリケーションに、いつから、何を許可しているかを示します。
account-applications-none = 許可を与えたアプリケーションはありません。
account-application-since = { $day } から。
account-application-used = 最終使用日 { $day }。
account-application-offline = サインアウトしても接続したままです。
account-application-sensitive = 要注意
account-application-revoke = アクセスを取り消す
account-applications-fine = アクセスを取り消されたアプリケーションは、もう一度許可を求める必要があります。以前に取得した情報は保持している場合があります。

account-data-title = あなたのデータ
account-data-text = プロフィール、端末、アプリケーション、サインインの方法など、あなたについて保存されているすべての情報を含むファイルです。パスワードなどの秘密は含まれません。
account-data-download = データをダウンロード
account-data-delete-text = アカウントは、関連するすべての情報とともに削除できます。
account-data-delete = アカウントを削除…

account-delete-title = アカウントの削除
account-delete-text = アカウントは、プロフィール、端末、アプリケーションへの許可とともに削除されます。直ちにすべての場所でサインアウトします。アプリケーションが保存している情報は残りますので、その運営者にお問い合わせください。
account-delete-when =
    { $days ->
        [0] アカウントは数分以内に削除されます。
       *[other] アカウントは { $days } 日後に削除されます。
    }
account-delete-undo-mail = それまでは、お送りするメールのリンクから、またはもう一度サインインすることで、アカウントを残せます。
account-delete-undo = それまでは、もう一度サインインすることでアカウントを残せます。
account-delete-confirmation = 確認のため、ユーザー名 { $username } を入力してください
account-delete-wrong = これはあなたのユーザー名ではありません。何も削除されていません。
account-delete-confirm = アカウントを削除する

account-deletion-title = アカウントは削除されます
account-deletion-text = すべての場所でサインアウトしました。アカウントは { $time } に削除されます。

account-keep-title = アカウントを残しますか？
account-keep-text = { $name } のアカウントは { $time } に削除されます。
account-keep = アカウントを残す
account-keep-fine = 削除を希望したのがご本人でない場合は、アカウントを残し、サインインしてパスワードを変更してください。
account-keep-unknown = 取り消すものはありません
account-keep-unknown-text = このリンクは既に使われたか、アカウントは別の方法で削除されたか、残されました。
account-keep-unknown-do = サインインしてみてください。できれば、アカウントはこれまでどおり使えます。
account-kept-title = アカウントを残しました
account-kept-text = アカウントは削除されません。これまでどおりサインインできます。
account-kept-sign-in = アカウントへ移動

account-activity-title = 履歴
account-activity-lead = アカウントに最近起きたことです。心当たりのないものがあれば、ほかのすべての場所でサインアウトし、パスワードを変更してください。
account-activity-none = まだ記録はありません。
account-activity-newest = 最新に戻る
account-activity-older = 以前の履歴
account-event = このページでは説明できない出来事がありました
account-event-session-started = サインインしました
account-event-session-raised = 2 つ目の認証要素で確認しました
account-event-session-ended = サインアウトしました
account-event-sessions-ended = すべての場所でサインアウトしました
account-event-sign-in-failed = サインインに失敗しました
account-event-sign-in-throttled = サインインの失敗が多すぎたため、しばらく拒否されました
account-event-sign-in-blocked = 危険と思われるサインインが拒否されました
account-event-second-factor-asked = 2 つ目の認証要素が求められました
account-event-second-factor-failed = 2 つ目の認証要素が正しくありませんでした
account-event-second-factor-throttled = 誤ったコードが多すぎたため、しばらく拒否されました
account-event-second-factor-put-off = 2 段階認証の設定が延期されました
account-event-second-factors-removed = 2 段階認証の要素が削除されました
account-event-account-created = アカウントが作成されました
account-event-account-deletion-requested = アカウントの削除が要求されました
account-event-account-deletion-canceled = アカウントの削除が取り消されました
account-event-account-deleted = アカウントが削除されました
account-event-account-exported = データがダウンロードされました
account-event-account-disowned = 心当たりのない操作をお知らせいただきました
account-event-terms-accepted = 利用規約に同意しました
account-event-profile-changed = プロフィールが変更されました
account-event-password-set = パスワードが設定されました
account-event-password-changed = パスワードが変更されました
account-event-password-reset-requested = 新しいパスワードのためのリンクが要求されました
account-event-password-reset = リンクから新しいパスワードが設定されました
account-event-password-locked = 新しいパスワードが設定されるまで、パスワードがロックされました
account-event-password-removed = パスワードが削除されました
account-event-totp-added = 認証アプリが追加されました
account-event-totp-removed = 認証アプリが削除されました
account-event-passkey-added = パスキーが追加されました
account-event-passkey-renamed = パスキーの名前が変更されました
account-event-passkey-removed = パスキーが削除されました
account-event-passkey-counter-regressed = パスキーが複製された可能性があります
account-event-recovery-codes-renewed = 新しいリカバリーコードが作成されました
account-event-recovery-code-used = リカバリーコードが使われました
account-event-email-added = メールアドレスが追加されました
account-event-email-verified = メールアドレスが確認されました
account-event-email-changed = メールアドレスが変更されました
account-event-email-removed = メールアドレスが削除されました
account-event-phone-added = 電話番号が追加されました
account-event-phone-removed = 電話番号が削除されました
account-event-push-device-added = 承認用の端末が追加されました
account-event-push-device-removed = 承認用の端末が削除されました
account-event-push-device-renamed = 承認用の端末の名前が変更されました
account-event-push-approval-denied = 端末でサインインが拒否されました
account-event-device-remembered = ブラウザーが記憶され、2 つ目の認証要素を求めなくなりました
account-event-device-forgotten = ブラウザーの記憶が取り消されました
account-event-devices-forgotten = すべてのブラウザーの記憶が取り消されました
account-event-consent-granted = アプリケーションにアクセスが許可されました
account-event-consent-revoked = アプリケーションのアクセスが取り消されました
account-event-identity-linked = 外部のアカウントが連携されました
account-event-identity-unlinked = 外部のアカウントとの連携が解除されました

account-remembered-title = サインアウト済み
account-remembered-forget = 表示しない
account-remembered-forget-name = このブラウザーで { $name } を表示しない

account-password-title = パスワードの変更
account-password-none = まだパスワードがありません。パスワードを設定すると、現在の方法を使わなくてもサインインできます。
account-password-present = 現在のパスワード
account-password-new = 新しいパスワード
account-password-again = 新しいパスワード（確認）
account-password-end-others = ほかのすべての場所でサインアウト
account-password-save = パスワードを変更
account-password-present-missing = 現在のパスワードを入力してください。
account-password-present-wrong = これは現在のパスワードではありません。何も変更されていません。
account-password-throttled =
    { $minutes ->
       *[other] 試行回数が多すぎます。{ $minutes } 分待ってから、もう一度お試しください。
    }
