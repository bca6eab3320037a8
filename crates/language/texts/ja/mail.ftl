mail-hello = { $name } 様
mail-hello-nobody = お客様
mail-copy-link = ボタンが動作しない場合は、このアドレスをブラウザーにコピーしてください:
mail-footer = このメールは、{ $tenant } のアカウントに関してお送りしています。
mail-help = ヘルプ
mail-label-when = 日時
mail-label-address = アドレス
mail-label-browser = ブラウザー
mail-label-place = 場所
mail-not-me = 心当たりがありません
mail-not-me-why = ご本人の操作でない場合は、こちらからお知らせください。すべてのセッションが直ちに終了し、新しいサインイン方法をご案内します。
mail-not-me-nowhere = ご本人の操作でない場合は、パスワードを変更し、直ちに { $tenant } にお知らせください。
mail-was-me = ご本人の操作であれば、何もする必要はありません。
mail-ignore = このメールに心当たりがない場合は、無視してください。何も起こりません。
mail-code-nobody = { $tenant } の者がこのコードをお尋ねすることは決してありません。コードを要求したページにだけ入力してください。

mail-invitation-subject = { $tenant } のアカウント
mail-invitation-text = { $tenant } があなたのアカウントを作成しました。
mail-invitation-button = パスワードを設定
mail-invitation-until = このリンクは { $time } まで、1 回だけ使えます。

mail-approval-subject = { $client } が承認を求めています
mail-approval-text = { $tenant } で { $client } が承認を求めています。
mail-approval-binding = アプリケーションには次の文字列が表示されます。同じ文字列が表示されている場合にのみ承認してください。
mail-approval-button = 内容を見る
mail-approval-until = { $time } まで回答できます。
mail-approval-not-me = ご自身で始めた操作でない場合は、そのページで拒否するか、このメールを無視してください。

mail-verify-subject = { $tenant } のメールアドレスを確認してください
mail-verify-text = どなたか（おそらくご本人）が、{ $tenant } のアカウントにこのアドレスを登録しました。ご自身のアドレスであることを確認してください。
mail-verify-button = アドレスを確認
mail-verify-code = または、コードを求めているページにこのコードを入力してください:
mail-verify-until = { $time } まで、1 回だけ使えます。

mail-reset-subject = { $tenant } の新しいパスワードを設定してください
mail-reset-text = どなたか（おそらくご本人）が、{ $tenant } のアカウントのパスワードをお忘れになりました。
mail-reset-button = 新しいパスワードを設定
mail-reset-until = このリンクは { $time } まで、1 回だけ使えます。
mail-reset-ignore = ご本人の操作でない場合は、このメールを無視してください。パスワードは変わりません。

mail-email-confirm-subject = { $tenant } の新しいメールアドレスを確認してください
mail-email-confirm-text = { $tenant } のアカウントのメールアドレスがこのアドレスに変更されようとしています。ご自身のアドレスであることを確認してください。
mail-email-confirm-button = 新しいアドレスを確認
mail-email-confirm-until = このリンクは { $time } まで、1 回だけ使えます。

mail-email-changed-subject = { $tenant } のアカウントのメールアドレスが変更されました
mail-email-changed-text = { $tenant } のアカウントのメールアドレスが変更されました。今後のメールは新しいアドレスに送られ、このアドレスには送られません。

mail-credential-subject = { $tenant } のアカウントのセキュリティ
mail-credential-password-set = { $tenant } のアカウントにパスワードが設定されました。
mail-credential-password-changed = { $tenant } のアカウントのパスワードが変更されました。
mail-credential-password-reset = { $tenant } のアカウントのパスワードを忘れたため、新しいパスワードが設定されました。
mail-credential-passkey-added = { $tenant } のアカウントにパスキー「{ $name }」が追加されました。
mail-credential-passkey-removed = { $tenant } のアカウントからパスキー「{ $name }」が削除されました。
mail-credential-totp-added = { $tenant } のアカウントに認証アプリが追加されました。
mail-credential-totp-removed = { $tenant } のアカウントから認証アプリが削除されました。
mail-credential-recovery-codes = { $tenant } のアカウントの新しいリカバリーコードが作成されました。以前のコードは使えません。
mail-credential-recovery-code-used = { $tenant } のアカウントのリカバリーコードが 1 つ使われました。
mail-credential-phone-added = { $tenant } のアカウントに電話番号 { $name } が追加されました。
mail-credential-phone-removed = { $tenant } のアカウントから電話番号 { $name } が削除されました。
mail-credential-device-added = サインインを承認するための端末「{ $name }」が { $tenant } のアカウントに追加されました。
mail-credential-device-removed = { $tenant } のアカウントから端末「{ $name }」が削除されました。
mail-credential-second-factors-removed = { $tenant } のアカウントから 2 段階認証の要素がすべて削除されました。
mail-credential-identity-linked = { $name } で { $tenant } のアカウントにサインインできるようになりました。
mail-credential-identity-unlinked = { $name } では { $tenant } のアカウントにサインインできなくなりました。

mail-new-device-subject = { $tenant } のアカウントへの新しいサインイン
mail-new-device-text = これまでにご利用のなかったブラウザーまたはネットワークから、{ $tenant } のアカウントへのサインインがありました。

mail-code-subject = { $tenant } のコード
mail-code-text = 次のコードで { $tenant } にサインインできます:
mail-code-until = { $time } まで、1 回だけ使えます。
mail-code-ignore = ご自身で要求していない場合は、このメールを無視してください。たびたび届く場合は、パスワードを変更してください。

mail-link-subject = { $tenant } にサインイン
mail-link-text = 次のリンクで { $tenant } にサインインできます。リンクを要求したブラウザーで開いてください。
mail-link-button = サインイン
mail-link-code = または、コードを求めているページにこのコードを入力してください:
mail-link-until = { $time } まで、1 回だけ使えます。
mail-link-ignore = ご自身で要求していない場合は、このメールを無視してください。

mail-deletion-scheduled-subject = { $tenant } のアカウントは削除されます
mail-deletion-scheduled-text = { $tenant } のアカウントは、関連するすべての情報とともに { $time } に削除されます。それまでは削除を取り消せます。
mail-deletion-scheduled-button = アカウントを残す

mail-deleted-subject = { $tenant } のアカウントは削除されました
mail-deleted-text = { $tenant } のアカウントは、関連するすべての情報とともに削除されました。このアカウントに関するメールはこれが最後です。

mail-test-subject = { $tenant } からのテストメール
mail-test-text = このメールは、{ $tenant } がメールを送信できることを示しています。何もする必要はありません。

mail-sms-code = { $code } は { $tenant } のコードです。誰にも教えないでください。

mail-push-title = ご本人ですか？
mail-push-text = { $tenant } へのサインインが行われています。ご本人の場合にのみ承認してください。
