# すべてのページに表示されるもの。
page-continue-to = { $client } に進みます
page-help = ヘルプ
page-privacy = プライバシー
page-terms = 利用規約
page-language = 言語
page-error-title = エラー: { $title }
page-continue = 続ける
page-cancel = キャンセル
page-allow = 許可する
page-show = 表示
page-hide = 隠す
page-show-password = パスワードを表示
page-hide-password = パスワードを隠す
page-one-moment = 少々お待ちください
page-back-to-application = アプリケーションに戻っています。
page-signing-out = サインアウト中
page-signing-out-lead = ご利用になったアプリケーションからサインアウトしています。
page-signed-in-as = { $name } としてサインインしています
page-signed-in-as-of = { $name }（{ $detail }）としてサインインしています
page-signing-in-as = { $name } としてサインインします
page-signing-in-as-of = { $name }（{ $detail }）としてサインインします
page-not-you = ご本人ではありませんか？
page-use-another-account = 別のアカウントを使う
page-switched = 先ほどとは別のアカウントでサインインしているため、回答は受け付けられませんでした。現在どのアカウントに尋ねているかを確認し、もう一度回答してください。
page-close = このページを閉じてかまいません。
page-throttled =
    { $minutes ->
       *[other] 試行回数が多すぎます。{ $minutes } 分待ってから、もう一度お試しください。
    }

# サインイン。
sign-in-title = サインイン
sign-in-lead = { $client } に進みます
sign-in-missing = 入力されていない項目があります:
sign-in-login = メールアドレスまたはユーザー名
sign-in-password = パスワード
sign-in-submit = サインイン
sign-in-new-here = 初めてご利用ですか？
sign-in-create-account = アカウントを作成
sign-in-choose-account = サインイン済みのアカウントから選ぶ
sign-in-login-missing = メールアドレスまたはユーザー名を入力してください。
sign-in-password-missing = パスワードを入力してください。
sign-in-refused = 名前またはパスワードが正しくありません。両方を確認して、もう一度お試しください。

# アカウントの作成。
sign-up-title = アカウントを作成
sign-up-lead = { $tenant } のアカウントを作成し、{ $client } に進みます
sign-up-not-right = まだ正しくない項目があります:
sign-up-name = 氏名（任意）
sign-up-password-again = パスワード（確認）
sign-up-submit = アカウントを作成
sign-up-have-account = アカウントをお持ちですか？
sign-up-username-missing = メールアドレスまたはユーザー名を入力してください。
sign-up-username-invalid = 128 文字以内で入力してください。
sign-up-email-invalid = これはメールアドレスではありません。
sign-up-name-invalid = 1 行、200 文字以内で入力してください。
sign-up-username-taken = このユーザー名のアカウントは既に存在する可能性があります。サインインするか、別のユーザー名を選んでください。
sign-up-email-taken = このアドレスではアカウントを作成できません。アカウントをお持ちの場合はサインインするか、別のアドレスを使ってください。

# アカウントの選択。
choose-title = アカウントを選択
choose-sign-out = サインアウト
choose-sign-out-of = { $name } をサインアウト
choose-sign-out-of-detail = { $name }（{ $detail }）をサインアウト

# サインアウト。
sign-out-title = サインアウトしますか？
sign-out-session = このブラウザーでの { $tenant } のセッションを終了します。
sign-out-signed-in = このブラウザーでは、{ $tenant } に { $name } としてサインインしています。
sign-out-signed-in-and-others =
    { $others ->
       *[other] このブラウザーでは、{ $tenant } に { $name } としてサインインしており、ほかに { $others } 個のアカウントにもサインインしています。
    }
sign-out-others =
    { $others ->
       *[other] このブラウザーでは、{ $tenant } の { $others } 個のアカウントにサインインしています。
    }
sign-out-submit = サインアウト
sign-out-this = このアカウントからサインアウト
sign-out-all = すべてのアカウントからサインアウト
sign-out-everywhere = すべての場所でサインアウト
sign-out-everywhere-hint = 「すべての場所」を選ぶと、ほかのブラウザーや端末からもサインアウトし、アプリケーションはもう一度許可を求める必要があります。
sign-out-stay = サインインしたままにするには、このページを閉じるか、前のページに戻ってください。
signed-out-title = サインアウトしました
signed-out-lead = このブラウザーでの { $tenant } のセッションは終了しました。
signed-out-applications = ご利用になったアプリケーションでは、そこでもサインアウトするまでサインインしたままの場合があります。共用のコンピューターでは、ブラウザーのウィンドウをすべて閉じてください。

# 2 つ目の認証要素。
factor-title = 2 段階認証
factor-recovery-title = リカバリーコード
factor-enter-code = アプリのコードを入力してください
factor-enter-recovery-code = リカバリーコードを入力してください
factor-recovery-code = リカバリーコード
factor-recovery-code-hint = アプリの設定時に保管したコードのうちの 1 つです。それぞれ 1 回だけ使えます。
factor-code = 6 桁のコード
factor-code-hint = 認証アプリには 30 秒ごとに新しいコードが表示されます。
factor-remember =
    { $days ->
       *[other] このブラウザーでは { $days } 日間、再度確認しない
    }
factor-submit = 次へ
factor-use-totp = 認証アプリのコードを使う
factor-use-recovery-code = リカバリーコードを使う
factor-code-missing = コードを入力してください。
factor-code-wrong = このコードは正しくないか、既に使われています。次のコードが表示されるまで待ってから、もう一度お試しください。
factor-recovery-code-wrong = このリカバリーコードは正しくないか、既に使われています。それぞれ 1 回だけ使えます。
factor-needed = 2 段階認証が必要です
factor-needed-none = ここで有効な認証要素がなく、このページでは設定もできません。
factor-needed-ask = 利用できるようにするには、{ $tenant } の担当者に依頼してください。
factor-set-up-title = 2 段階認証の設定
factor-set-up-lead = パスワードが盗まれただけではサインインできないように、{ $tenant } ではパスワードに加えて認証アプリのコードが必要です。1 分ほどで終わり、その後 { $client } に進みます。
factor-set-up-add = 1. 認証アプリに追加してください
factor-set-up-qr = 認証アプリで読み取る QR コード
factor-set-up-no-camera = カメラが手元にありませんか？
factor-set-up-open-app = この端末でアプリを開く
factor-set-up-key = または、このキーを時刻ベースのキーとしてアプリに入力してください:
factor-set-up-enter = 2. 表示されたコードを入力してください
factor-set-up-submit = 有効にする
factor-set-up-later = 後で
factor-set-up-due = { $date } まで延期できます。
factor-set-up-wrong = このコードは正しくありません。端末の時刻が合っていることを確認し、アプリに現在表示されているコードを入力してください。
factor-own-title = 2 段階認証
factor-own-headline = 2 段階認証の設定
factor-own-authenticators = 認証アプリ
factor-own-none = 登録されていません。認証アプリを登録すると、パスワードが盗まれただけではあなたとしてサインインできなくなります。
factor-own-added = { $date } に追加
factor-own-added-used = { $date } に追加、最終使用日 { $used }
factor-own-remove = 削除
factor-own-remove-this = { $date } に追加した { $name } を削除
factor-own-add = 認証アプリを追加
factor-own-codes = リカバリーコード
factor-own-codes-left =
    { $count ->
        [0] 残りはありません。アプリが手元にないとき、コード 1 つにつき 1 回サインインできます。
       *[other] 残りは { $count } 個です。アプリが手元にないとき、コード 1 つにつき 1 回サインインできます。
    }
factor-own-codes-renew = 新しいコードを 10 個作成
factor-own-browsers = コードを求めないブラウザー
factor-own-browsers-count =
    { $count ->
        [0] どのブラウザーでもコードの入力を求めます。
       *[other] { $count } 個のブラウザーではコードの入力を求めません。
    }
factor-own-browsers-forget = すべてのブラウザーで再び求める
factor-codes-title = リカバリーコード
factor-codes-headline = リカバリーコードを保管してください
factor-codes-lead = 認証アプリの設定が完了しました。アプリを使えなくなったときは、これらのコード 1 つにつき 1 回サインインできます。
factor-codes-once = コードが表示されるのは今だけです。印刷するか、パスワードと同じ場所に保管してください。
factor-codes-print = 印刷
factor-codes-go-on = { $client } に進む
factor-codes-of = { $tenant } のリカバリーコード

# 端末の接続。
device-title = 端末を接続
device-question = このコードが端末に表示されていますか？
device-the-code-is = コード:
device-warning = 端末に同じコードが表示されていて、ご自身で操作を始めた場合にのみ続けてください。このリンクを送ってきた人が、自分の端末をあなたのアカウントに接続しようとしている可能性があります。
device-yes = はい、続けます
device-phone = 代わりにスマートフォンで続ける
device-phone-hint = カメラをこの画像に向けてください。
device-qr = このページのアドレスの QR コード
device-another-code = 端末には別のコードが表示されています
device-enter = 端末に表示されているコードを入力してください。
device-code = コード
device-code-hint = 8 文字の英字です。大文字と小文字、ハイフンの有無は区別しません。
device-own-code = ご自身の端末に今表示されているコードだけを入力してください。ほかの人から送られてきたコードは決して入力しないでください。
device-code-malformed = コードは WDJB-MJHT のような 8 文字の英字です。端末をもう一度確認してください。
device-code-wrong = このコードで待機している端末はありません。コードを確認するか、端末に新しいコードを表示させてください。コードの有効期間は 10 分です。
device-throttled =
    { $minutes ->
       *[other] 誤ったコードが多すぎます。{ $minutes } 分待ってから、もう一度お試しください。
    }
device-confirm-title = { $client } を接続しますか？
device-confirm-shows = このコードが表示されている端末に接続します
device-confirm-not = 表示されていない場合や、ほかの人に頼まれた場合は、「キャンセル」を選んでください。
device-confirm-scopes = この端末でできるようになること
device-over = このコードはもう使えません
device-over-message = 既に使われたか、10 分が経過しました。
device-over-what = 端末に新しいコードを表示させ、{ $address } で入力してください。
device-connected = 端末を接続しました
device-connected-lead = 端末にお戻りください。数秒後に自動的に先へ進みます。
device-refused = 端末は接続されませんでした
device-refused-lead = 接続を拒否したため、端末には何も渡されていません。端末にお戻りください。

# 招待。
invitation-title = パスワードの設定
invitation-welcome = ようこそ、{ $name } さん
invitation-lead = { $tenant } のアカウントのパスワードを決めてください。
invitation-user-name = ユーザー名
invitation-password = 新しいパスワード
invitation-password-again = 新しいパスワード（確認）
invitation-submit = パスワードを設定
invitation-unusable = この招待は使えません
invitation-unusable-message = 既に使われたか、有効期限が切れたか、リンクが不完全です。
invitation-unusable-what = 既にパスワードを設定している場合は、そのパスワードでサインインしてください。そうでない場合は、招待した人に新しいリンクを依頼してください。
invitation-accepted = パスワードを設定しました
invitation-accepted-lead = { $tenant } のアカウント { $name } の準備ができました。
invitation-accepted-what = 使いたいアプリケーションを開き、そこでサインインしてください。
